"""Reads what Postgres did for a request, node by node, and says what must hold of it.

In: a GraphQL query, or a statement.  Out: Plan, a tree of frozen nodes; assertions that show the node at fault.
The statement is the one that the gateway runs, with its parameters, as the requests' role, in a request's transaction.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.auth.principal import Principal, TenantId
from app.db.database import ReadTransaction, RequestContext
from app.graph.compiling import ReadStep
from app.graph.running import Execution
from tests.conftest import World
from tests.size.large import LARGE

# No timing: it costs more than what it measures, and says how busy a machine is.
_EXPLAIN = "explain (analyze, timing off, costs off, summary off, buffers, format json)"
_RLS_TENANT = "current_setting('app.tenant_id'"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan. Rows are those of all its loops together.

    relation         of a scan; a Bitmap Index Scan has that of the heap scan above it
    index_condition  what the index was searched for
    recheck          of a bitmap: what was searched for, asked again where the bitmap kept blocks rather than rows
    filter           what was asked of rows that had been read
    gate             One-Time Filter: asked once, before anything below is read
    produced         rows handed on
    removed          rows that were read and then dropped, by a filter or a recheck; of a join, pairs of rows
    blocks           of 8 KiB, read or found in memory, with those of the nodes below
    sets_off         whether it is the top of a sub-select of its own
    """

    name: str
    relation: str | None
    index: str | None
    index_condition: str
    recheck: str
    filter: str
    gate: str
    sort_keys: tuple[str, ...]
    loops: int
    produced: int
    removed: int
    blocks: int
    sets_off: bool
    children: tuple["Node", ...]

    @property
    def is_scan(self) -> bool:
        """Whether it reads a table or an index."""
        return self.relation is not None

    @property
    def read(self) -> int:
        """The rows that it took up from a table or an index, and those that it dropped."""
        return self.produced * self.is_scan + self.removed

    def walk(self) -> Iterator["Node"]:
        """It and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def __str__(self) -> str:
        parts = [self.name, self.relation and f"on {self.relation}", self.index and f"using {self.index}"]
        parts += [f"({self.produced} rows, {self.removed} removed, {self.loops} loops, {self.blocks} blocks)"]
        told = {
            "Index Cond": self.index_condition,
            "Recheck Cond": self.recheck,
            "Filter": self.filter,
            "One-Time Filter": self.gate,
            "Sort Key": ", ".join(self.sort_keys),
        }
        return " ".join(filter(None, parts)) + "".join(f"; {name}: {text}" for name, text in told.items() if text)


@dataclass(frozen=True, slots=True)
class Plan:
    """What Postgres did for one statement of one tenant."""

    root: Node
    tenant: TenantId

    @property
    def scans(self) -> list[Node]:
        """The nodes that read tables or indexes. Requests reach tables of tenants only."""
        return [node for node in self.root.walk() if node.is_scan]

    def shown(self, *at_fault: Node) -> str:
        """The tree as text, with an arrow at the nodes at fault."""
        return "\n" + "\n".join(_lines(self.root, at_fault, 0))


async def explained(
    world: World, query: str, variables: Mapping[str, Any] | None = None, *, as_: Principal = LARGE
) -> Plan:
    """Runs the one statement of a query under EXPLAIN. Raises GraphQLError when the query is wrong."""
    execution = Execution(RequestContext(as_, request_id="size"))
    compiled = world.engine.prepare(query, variables or {}, None, execution)
    assert compiled.statement is not None
    assert all(isinstance(step, ReadStep) for step in compiled.steps.values()), compiled.steps
    values = world.engine.bind(compiled.statement, execution)
    async with world.pool.read(execution.context) as tx:
        return await explained_statement(tx, compiled.statement.text, values)


async def explained_statement(tx: ReadTransaction, text: str, values: Sequence[Any] = ()) -> Plan:
    """Runs a statement whose `$1` is the tenant under EXPLAIN."""
    row = await tx.row(f"{_EXPLAIN} {text}", values)
    assert row is not None
    return Plan(_node(orjson.loads(row[0])[0]["Plan"]), tx.context.principal.tenant)


# Assertions


def assert_served_by_index(plan: Plan, *, at_most: int) -> None:
    """What holds for every construct that an index serves: it stays within the tenant, and within this many rows."""
    assert_tenant_everywhere(plan)
    assert_no_table_scan(plan)
    assert_reads(plan, at_most=at_most)


def assert_tenant_everywhere(plan: Plan) -> None:
    """Every scan is held to the tenant twice: by the statement's own predicate, and by row-level security's.

    To Postgres both say what `tenant_id` equals, so it asks the index for one, and checks once, before it reads
    anything, that they are the same: a One-Time Filter above the scan.
    """
    nodes = _with_those_above(plan.root)
    without = [node for node, above in nodes if node.is_scan and not _is_held(node, above, plan.tenant)]
    assert not without, f"without the tenant's predicate, or row-level security's:{plan.shown(*without)}"


def assert_no_table_scan(plan: Plan) -> None:
    """No table is read from end to end. At this size not even the smallest, of the tenants, has few rows."""
    walked = [node for node in plan.scans if node.name == "Seq Scan"]
    assert not walked, f"tables read from end to end:{plan.shown(*walked)}"


def assert_reads(plan: Plan, *, at_most: int) -> None:
    """No more rows than this were read, whether they were kept or not."""
    nodes = list(plan.root.walk())
    rows = sum(node.read for node in nodes)
    most = max(nodes, key=lambda node: node.read)
    assert rows <= at_most, f"{rows} rows were read, where {at_most} should do:{plan.shown(most)}"


def assert_touches(plan: Plan, *, at_most: int) -> None:
    """No more blocks than this were looked at.

    An index condition on a column behind one that is left open has to look at every entry in between, and EXPLAIN
    counts no row for those. Blocks tell.
    """
    blocks = plan.root.blocks
    assert blocks <= at_most, f"{blocks} blocks were looked at, where {at_most} should do:{plan.shown(plan.root)}"


def assert_index_condition(plan: Plan, *columns: str, of: str) -> None:
    """An index of the table was searched for all these columns."""
    scans = [node for node in plan.scans if node.relation == of]
    found = any(set(columns) <= set(re.findall(r"\w+", node.index_condition)) for node in scans)
    assert found, f"no index of {of} was searched for {', '.join(columns)}:{plan.shown(*scans)}"


# Reading EXPLAIN's answer


def _node(told: Mapping[str, Any], heap: str | None = None) -> Node:
    """A node of EXPLAIN's JSON; `heap` is the table that a bitmap below it is made for.

    EXPLAIN's counts are averages over the loops, rounded; here they are sums again.
    """
    name, loops = told["Node Type"], told["Actual Loops"]
    relation = told.get("Relation Name") or (heap if name == "Bitmap Index Scan" else None)
    return Node(
        name=name,
        relation=relation,
        index=told.get("Index Name"),
        index_condition=told.get("Index Cond", ""),
        recheck=told.get("Recheck Cond", ""),
        filter=told.get("Filter") or told.get("Join Filter", ""),
        gate=told.get("One-Time Filter", ""),
        sort_keys=tuple(told.get("Sort Key", ())),
        loops=loops,
        produced=round(told["Actual Rows"] * loops),
        removed=round(loops * sum(count for key, count in told.items() if key.startswith("Rows Removed by"))),
        blocks=told["Shared Hit Blocks"] + told["Shared Read Blocks"],
        sets_off=told.get("Parent Relationship") in ("InitPlan", "SubPlan"),
        children=tuple(_node(child, relation or heap) for child in told.get("Plans", ())),
    )


def _with_those_above(node: Node, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Each node with those above it, up to the top of its sub-select."""
    yield node, above
    for child in node.children:
        yield from _with_those_above(child, () if child.sets_off else (*above, node))


def _is_held(scan: Node, above: Sequence[Node], tenant: TenantId) -> bool:
    """Whether both predicates on the tenant hold for what the scan reads."""
    asked = f"{scan.index_condition} {scan.recheck} {scan.filter}"
    gates = [node.gate for node in above if str(tenant) in node.gate]
    return f"tenant_id = '{tenant}'::uuid" in asked and any(_RLS_TENANT in text for text in (asked, *gates))


def _lines(node: Node, at_fault: Sequence[Node], depth: int) -> Iterator[str]:
    yield ("→ " if node in at_fault else "  ") + "  " * depth + str(node)
    for child in node.children:
        yield from _lines(child, at_fault, depth + 1)
