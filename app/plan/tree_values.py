"""Values of trees of new rows: the JSON that one statement makes all of them from.

In: what a caller gave, and the plan of its places.  Out: PlantedTree.
Rejects: values that do not fit, each with its path in the input.

Every new row gets its id here, so that those around it can name it: the tree becomes flat lists of rows, one for each
place. `r0` are the rows at the root, `r1` those at the next place; a row's members are its columns, `g3` that it gives
the fourth of them at all, `k5` the key of a row that is looked up, and `p5` where in the input that stands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.catalog.facts import Column, Entity, Kind
from app.errors import MAX_VIOLATIONS, BadUserInput, ErrorPath, Violation
from app.plan.new_ids import new_id
from app.plan.nodes import Adopted, Branch, NewRows
from app.plan.values import Slot, Variables, as_list, given_name, masked, noted_value, source_value

Row = Mapping[str, Any]


class PlantedTree(NamedTuple):
    """A tree of new rows by their places, its secrets still to be sealed; and the ids of those at its root."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    keys: list[UUID | str]

    @property
    def text(self) -> str:
        """As the statement takes it."""
        return orjson.dumps(self.rows, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()

    @property
    def masked(self) -> str:
        """As it may be shown."""
        shown = {p: [{n: masked(v) for n, v in row.items()} for row in rows] for p, rows in self.rows.items()}
        return orjson.dumps(shown).decode()


def place_name(rows: NewRows | Adopted) -> str:
    """What the rows of a place are called in the tree, and in the statement."""
    return f"r{rows.place}"


def plant(root: NewRows, slot: Slot, variables: Variables, max_rows: int) -> PlantedTree:
    """The rows of a request, as the statement of the plan takes them. Raises BadUserInput."""
    given = source_value(slot.source, variables)
    planted = _Planted(max_rows)
    if isinstance(given, list):
        keys = [planted.row(root, row, (*slot.input_path, place)) for place, row in enumerate(given)]
    else:
        keys = [planted.row(root, given, slot.input_path)]
    if planted.wrong:
        raise BadUserInput.of(planted.wrong)
    return PlantedTree(planted.rows, keys)


class _Planted:
    def __init__(self, max_rows: int) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.wrong: list[Violation] = []
        self._adopted: set[tuple[Entity, Any]] = set()
        self._max_rows = max_rows
        self._left = max_rows

    def row(self, new: NewRows, given: Row, path: ErrorPath, above: UUID | str | None = None) -> UUID | str:
        """Takes in a row, and all that is given under it; its id."""
        self._count(path)
        if len(self.wrong) > MAX_VIOLATIONS:
            raise BadUserInput.of(self.wrong)
        key = new.entity.key
        name = key.field or ""
        id_: UUID | str = self._value(given[name], key, (*path, name)) if name in given else new_id()
        made: dict[str, Any] = {key.name: id_}
        for column in new.columns:
            field = column.field or ""
            if field in given and column is not key:
                made[column.name] = self._value(given[field], column, (*path, field))
        if new.above is not None:
            self._once(made, new.above, path)
            made[new.above.name] = above
        for branch in new.branches:
            under = given.get(branch.edge.field)
            if under is not None:
                here = (*path, branch.edge.field)
                self._many(branch, under, here, id_) if branch.edge.many else self._one(branch, under, here, made)
        self._require(new, path, made)
        made |= {given_name(place): True for place, c in enumerate(new.columns) if c.name in made}
        self.rows[place_name(new)].append(made)
        return id_

    def _one(self, branch: Branch, under: Row, path: ErrorPath, made: dict[str, Any]) -> None:
        """The row that an edge leads to: a new one, or one that is there."""
        self._once(made, branch.column, path)
        if (new := under.get("create")) is not None:
            assert branch.created is not None
            made[branch.column.name] = self.row(branch.created, new, (*path, "create"))
            return
        ((field, value),) = under["connect"].items()
        here = (*path, "connect", field)
        looked_up = next(one for one in branch.looked_up if one.key.field == field)
        made[branch.column.name] = None
        made[f"k{looked_up.place}"] = self._key(value, looked_up.key, here)
        made[f"p{looked_up.place}"] = ".".join(map(str, here))

    def _many(self, branch: Branch, under: Row, path: ErrorPath, above: UUID | str) -> None:
        """The rows that come under a new one."""
        for place, new in enumerate(as_list(under.get("create"))):
            assert branch.created is not None
            self.row(branch.created, new, (*path, "create", place), above)
        for place, by in enumerate(as_list(under.get("connect"))):
            ((field, value),) = by.items()
            here = (*path, "connect", place, field)
            self._adopt(next(a for a in branch.adopted if a.key.field == field), value, here, above)

    def _adopt(self, adopted: Adopted, value: Any, path: ErrorPath, above: UUID | str) -> None:
        self._count(path)
        key = self._key(value, adopted.key, path)
        named = adopted.entity, str(key).lower() if adopted.key.kind is Kind.UUID else key
        if named in self._adopted:
            self.wrong.append(Violation(path, "This row is connected twice."))
        self._adopted.add(named)
        self.rows[place_name(adopted)].append({"k": key, "above": above, "p": ".".join(map(str, path))})

    def _count(self, path: ErrorPath) -> None:
        if not self._left:
            raise BadUserInput(f"{self._max_rows} rows at most.", input_path=path[:1])
        self._left -= 1

    def _once(self, made: Row, column: Column, path: ErrorPath) -> None:
        if column.name in made:
            self.wrong.append(Violation(path, f"{column.field} is given in two ways."))

    def _require(self, new: NewRows, path: ErrorPath, made: Row) -> None:
        for column in new.entity.creatable:
            if column.is_required and column.name not in made:
                self.wrong.append(Violation((*path, column.field or ""), f"{column.field} is needed."))

    def _key(self, value: Any, column: Column, path: ErrorPath) -> Any:
        if value is None:
            self.wrong.append(Violation(path, "A key has a value."))
            return None
        return self._value(value, column, path)

    def _value(self, value: Any, column: Column, path: ErrorPath) -> Any:
        return noted_value(value, column, path, self.wrong)
