"""The page that a statement is written on: numbers its parameters and tables, indents its lines.

`$1` is the tenant, always. Identifiers come from the catalog only, values are parameters only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.catalog.facts import Edge, Entity
from app.errors import QueryTooComplex
from app.plan.expressions import TextQuery
from app.plan.values import Slot

TENANT = "$1"
LINE = 100
"""Characters that a list on one line has, at most."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with a tenant as `$1` and a value for each slot after it, in order.

    is_nearest   it orders by nearness, which Postgres needs settings for
    """

    text: str
    slots: tuple[Slot, ...]
    is_nearest: bool = False


MAX_CONDITION_CHARACTERS = 300_000
"""Of all conditions of a statement, each as often as it is written: Postgres takes some 200 bytes for a character."""


class Sheet:
    """Collects the parameters of one statement and names its tables `t1`, `t2`, … by position."""

    def __init__(self) -> None:
        self._slots: dict[Slot, int] = {}
        self._tables = 0
        self._characters = 0

    def charge(self, lines: Iterable[str], times: int = 1) -> None:
        """Counts conditions that are about to be written. Raises QueryTooComplex when a statement has too many."""
        self._characters += times * sum(map(len, lines))
        if self._characters > MAX_CONDITION_CHARACTERS:
            raise QueryTooComplex("These conditions are written too often: by fewer order terms, totals and groups.")

    def parameter(self, slot: Slot) -> str:
        """The slot's `$n`; a slot that was seen before keeps its number."""
        return f"${self._slots.setdefault(slot, len(self._slots) + 2)}"

    def alias(self) -> str:
        """A fresh table alias."""
        self._tables += 1
        return f"t{self._tables}"

    def statement(self, text: str, *, is_nearest: bool = False) -> Statement:
        """The finished statement."""
        return Statement(text, tuple(self._slots), is_nearest)


def of_tenant(entity: Entity, alias: str) -> str:
    """What every table reference asks for: rows of the tenant, and of those none that is deleted.

    Row-level security draws the first line again. Written out, it is a one-time check rather than one per row,
    keeps composite indexes usable and routes to a single shard. The second is drawn here alone: a policy would hide a
    row from the very statement that deletes it (docs/decisions/0020-deleted-rows-are-hidden-by-the-gateway.md).
    """
    assert entity.tenant is not None
    hidden = f" and {alias}.{entity.deleted.name} is null" if entity.deleted and entity.hides_deleted else ""
    return f"{alias}.{entity.tenant.name} = {TENANT}{hidden}"


def search_call(sheet: Sheet, entity: Entity, query: TextQuery) -> str:
    """The function that finds an entity's rows by words: their ids and ranks, of the current tenant only."""
    return f"app.search_{entity.table}({sheet.parameter(query.words)}, {sheet.parameter(query.prefix)})"


def join_lines(edge: Edge, here: str, there: str) -> list[str]:
    """An edge's join; the tenant's predicate on both ends is not part of it."""
    return [f"{there}.{target} = {here}.{source}" for source, target in edge.join]


def indent(text: str) -> str:
    """Moves every line two spaces to the right."""
    return "\n".join("  " + line for line in text.split("\n"))


def parenthesized(query: str) -> str:
    """A query as an expression, on lines of its own."""
    return f"(\n{indent(query)}\n)"


def call_of(function: str, arguments: str) -> str:
    """A call; arguments of several lines stand on lines of their own."""
    return f"{function}(\n{indent(arguments)}\n)" if "\n" in arguments else f"{function}({arguments})"


def where_lines(conditions: list[str]) -> str:
    """`where a` and a line `and …` for each further condition."""
    first, *rest = conditions
    return "\n".join([f"where {first}", *(indent(f"and {condition}") for condition in rest)])


def select_from(value: str, source: str | None = None, conditions: list[str] | None = None) -> str:
    """`select … from … where …`, a line each; a value of several lines stands on lines of its own."""
    lines = [f"select\n{indent(value)}" if "\n" in value else f"select {value}"]
    lines += [f"from {source}"] if source else []
    lines += [where_lines(conditions)] if conditions else []
    return "\n".join(lines)


def exists_in(source: str, conditions: list[str]) -> str:
    """`exists (select from … where …)`."""
    return "exists " + parenthesized(f"select from {source}\n{where_lines(conditions)}")


def finds_in_order(source: str, conditions: list[str], order: str) -> str:
    """Whether there is a row, looked for in an order: `exists` forgets it, and may read a table to find its row."""
    row = parenthesized(f"select true\nfrom {source}\n{where_lines(conditions)}\norder by {order}\nlimit 1")
    return f"coalesce({row}, false)"


def joined(parts: list[str], word: str) -> str:
    """Several conditions with `and` or `or` between them, in parentheses, on one line when they fit."""
    line = f"({f' {word} '.join(parts)})"
    return line if "\n" not in line and len(line) <= LINE else parenthesized(f"\n{word} ".join(parts))
