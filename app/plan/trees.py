"""Plans trees of new rows: rows that are made together with those that their edges lead to.

In: the value of an `input`.  Out: nodes.CreateTree.
Rejects: what the role may not write, and two ways to say where an edge leads.

A plan knows at which places of the tree there are rows and which fields any of them has, and no values; the shape of
the variables (shape.py) is as much. Values take their places when the plan is run (tree_values.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, count
from typing import Any, NamedTuple

from graphql import FieldNode

from app.catalog.facts import Catalog, Column, Edge, Entity
from app.plan.changes import plan_changes
from app.plan.nodes import Adopted, Branch, CreateTree, LookedUp, NewRows
from app.plan.planning import Planning
from app.plan.reads import plan_selection
from app.plan.values import Encoding, Slot, as_list, fields_of

GivenRows = Sequence[Mapping[str, Any]]


class Nestable(NamedTuple):
    """An edge under which rows can be given, and the column that leads over it."""

    edge: Edge
    target: Entity
    column: Column

    @property
    def creates(self) -> bool:
        """Whether new rows can be given."""
        return bool(self.target.access.create) and (not self.edge.many or self.column in self.target.creatable)

    @property
    def connects(self) -> bool:
        """Whether rows that are there can be given."""
        return not self.edge.many or (bool(self.target.access.update) and self.column in self.target.updatable)


def nestable_edges(catalog: Catalog, entity: Entity) -> Iterator[Nestable]:
    """The edges of an entity under which rows can be given when one is made."""
    for edge in entity.edges:
        if edge.join:  # else it leads to the tenant, which is there
            target = catalog[edge.target_name]
            column = target.column(edge.join[0][1]) if edge.many else entity.column(edge.join[0][0])
            found = Nestable(edge, target, column)
            if column in (target if edge.many else entity).creatable and (found.creates or found.connects):
                yield found


def is_tree(catalog: Catalog, entity: Entity, fields: Iterator[str] | Sequence[str]) -> bool:
    """Whether any of these fields of new rows is an edge."""
    return not {nestable.edge.field for nestable in nestable_edges(catalog, entity)}.isdisjoint(fields)


def plan_create_tree(planning: Planning, entity: Entity, nodes: list[FieldNode]) -> CreateTree:
    """`createUser(input:)` or `createUsers(input:)`, where rows lead to others."""
    given = planning.leaf("Mutation", nodes[0], "input")
    root = _Planner(planning).new_rows(entity, as_list(given.value))
    is_one = not isinstance(given.value, list)
    answer = plan_selection(planning, entity, nodes) if is_one else plan_changes(planning, entity, nodes)
    secrets = tuple(column for rows in root.everywhere() for column in rows.columns if column.secret)
    size = Slot(given.source, Encoding.TREE, given.input_path, columns=secrets, count=partial(_count, root))
    return CreateTree(root, size, answer)


def _count(rows: NewRows, given: Any) -> int:
    """How many rows are given, with those under their edges."""
    found = 0
    for row in as_list(given):
        found += 1
        for branch in rows.branches:
            under = row.get(branch.edge.field) or {}
            found += len(as_list(under.get("connect")))
            found += _count(branch.created, under.get("create")) if branch.created else 0
    return found


class _Planner:
    def __init__(self, planning: Planning) -> None:
        self._planning = planning
        self._places = count()

    def new_rows(self, entity: Entity, rows: GivenRows, above: Column | None = None) -> NewRows:
        """Rows at one place. `above`: their column that leads to the row around them."""
        self._planning.allow(entity, "create")
        self._planning.document.budget.spend()
        by_all = dict(fields_of(rows))
        place = next(self._places)
        branches = tuple(self._branches(entity, rows))
        led = {branch.column for branch in branches if not branch.edge.many}
        is_set = {c for c in entity.creatable if c.field in by_all} | led | {entity.key} | ({above} - {None})
        by_every = {c for c in entity.creatable if by_all.get(c.field or "")} | {entity.key, above}
        columns = tuple(c for c in entity.creatable if c in is_set)
        partly = tuple(c for c in columns if c not in by_every)
        return NewRows(place, entity, columns, partly, branches, above)

    def _branches(self, entity: Entity, rows: GivenRows) -> Iterator[Branch]:
        for edge, target, column in nestable_edges(self._planning.catalog, entity):
            given = [row[edge.field] for row in rows if row.get(edge.field) is not None]
            if given:
                yield self._branch(edge, target, column, given)

    def _branch(self, edge: Edge, target: Entity, column: Column, given: GivenRows) -> Branch:
        deeper = _Planner(self._planning.deeper())
        deeper._places = self._places
        new = list(chain.from_iterable(as_list(one.get("create")) for one in given))
        named = list(chain.from_iterable(as_list(one.get("connect")) for one in given))
        created = deeper.new_rows(target, new, column if edge.many else None) if new else None
        keys = [target.field(field) for field, _ in fields_of(named)]
        if named and edge.many:
            self._planning.allow(target, "update")
            return Branch(edge, column, created, adopted=tuple(self._adopted(target, column, key) for key in keys))
        if named:
            self._planning.allow(target, "read")
        looked_up = tuple(LookedUp(next(self._places), column, target, key) for key in keys)
        return Branch(edge, column, created, looked_up)

    def _adopted(self, entity: Entity, column: Column, key: Column) -> Adopted:
        return Adopted(next(self._places), entity, column, key)
