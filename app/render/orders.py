"""Renders what a list is ordered by: a column as it stands, and what lies beyond an edge as a join.

In: nodes.Order and the alias of the rows.  Out: the keys of the order, and the joins that bring them.
A join gives the planner the choice to walk the other table's index in its order, which a sub-select would not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.catalog.facts import Column, Edge
from app.plan.expressions import Expression, OverEdge, Own, Through
from app.plan.nodes import Order
from app.render.expressions import measure_over_edge, render_expression
from app.render.keyset import Key, key_of
from app.render.sql import Sheet, join_lines, of_tenant


@dataclass(slots=True)
class _Joins:
    """The joins that an order takes; each edge is joined once."""

    sheet: Sheet
    lines: list[str] = field(default_factory=list)
    aliases: dict[tuple[str, Edge], str] = field(default_factory=dict)

    def value(self, expression: Expression, alias: str, *, optional: bool = False) -> str:
        """The expression's SQL; `optional` where the row may be none, for which every value is null."""
        match expression:
            case Through(edge, target, inner):
                optional = optional or not edge.visible
                there = self.aliases.get((alias, edge)) or self._join(expression, alias, optional)
                value = self.value(inner, there, optional=optional)
                is_column = isinstance(inner, Own) and isinstance(inner.value, Column)
                if optional and not (is_column or isinstance(inner, Through)):
                    return f"case when {there}.{target.key.name} is not null then {value} end"
                return value
            case OverEdge():
                there = self.sheet.alias()
                self.lines.append(
                    f"cross join lateral {measure_over_edge(self.sheet, expression, alias, 'o')} as {there}"
                )
                return f"{there}.o"
        return render_expression(self.sheet, expression, alias)

    def _join(self, through: Through, here: str, optional: bool) -> str:
        there = self.aliases[here, through.edge] = self.sheet.alias()
        lines = [of_tenant(through.target, there), *join_lines(through.edge, here, there)]
        word = "left join" if optional else "join"
        self.lines.append(f"{word} {through.target.sql_name} as {there} on {' and '.join(lines)}")
        return there


@dataclass(frozen=True, slots=True)
class Ordering:
    """An order over one table reference.

    source   the table, and what is joined to it
    keys     the SQL of each term
    """

    source: str
    keys: tuple[Key, ...]

    @property
    def columns(self) -> list[str]:
        """The keys as columns of a derived table, under the names of `names_outside`."""
        return [key.sql if key.in_index else f"{key.sql} as o{i}" for i, key in enumerate(self.keys, 1)]


def names_outside(order: Order, alias: str) -> list[str]:
    """What the order's values are called outside of the derived table that has them as columns."""
    values = [term.expression.value if isinstance(term.expression, Own) else None for term in order.terms]
    return [f"{alias}.{v.name if isinstance(v, Column) else f'o{i}'}" for i, v in enumerate(values, 1)]


def ordering(sheet: Sheet, table: str, order: Order, alias: str, *, reverse: bool) -> Ordering:
    """How the table is read in this order, or in the reverse of it."""
    joins = _Joins(sheet)
    values: Sequence[str] = [joins.value(term.expression, alias) for term in order.terms]
    keys = tuple(key_of(term, value, reverse=reverse) for term, value in zip(order.terms, values, strict=True))
    return Ordering("\n".join([f"{table} as {alias}", *joins.lines]), keys)
