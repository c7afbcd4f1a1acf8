"""Reads SQL as Postgres reads it, and finds table references that the tenant's predicate does not guard.

In: the text of a statement.  Out: what is unguarded, empty when all is well.
A reference counts as guarded when, in the very query that it stands in, `alias.tenant_id = $1` has to hold: not one
level further out, and not in a branch of an OR. An insert is guarded when it writes `$1` to `tenant_id`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import BoolExprType, JoinType

TENANT_COLUMN = "tenant_id"
_WITH_TABLES = (ast.SelectStmt, ast.UpdateStmt, ast.DeleteStmt, ast.InsertStmt)


def unguarded_references(text: str) -> list[str]:
    """The table references of a statement that the tenant's predicate does not guard."""
    (statement,) = parse_sql(text)
    queries = [node for node in _nodes(statement.stmt) if isinstance(node, _WITH_TABLES)]
    ctes = {node.ctename for node in _nodes(statement.stmt) if isinstance(node, ast.CommonTableExpr)}
    found = [unguarded for query in queries for unguarded in _unguarded(query, ctes)]
    seen = sum(len(list(_tables(query))) for query in queries)
    assert seen == sum(isinstance(node, ast.RangeVar) for node in _nodes(statement.stmt)), f"a table was missed: {text}"
    return found


def table_references(text: str) -> int:
    """How many references to a schema's table a statement has."""
    (statement,) = parse_sql(text)
    return sum(isinstance(node, ast.RangeVar) and node.schemaname is not None for node in _nodes(statement.stmt))


def _unguarded(query: Any, ctes: set[str]) -> Iterator[str]:
    guarded = set(_guarded_names(query))
    for table in _tables(query):
        name = table.alias.aliasname if table.alias else table.relname
        if table.schemaname is None:
            if table.relname not in ctes:
                yield f"{table.relname} (no schema)"
        elif isinstance(query, ast.InsertStmt) and table is query.relation:
            if not _writes_tenant(query):
                yield f"insert into {table.relname}"
        elif name not in guarded:
            yield f"{table.schemaname}.{table.relname} as {name}"


def _tables(query: Any) -> Iterator[ast.RangeVar]:
    """The tables of a query itself; those of its sub-queries are their own affair."""
    if not isinstance(query, ast.SelectStmt):
        yield query.relation
    for clause in ("fromClause", "usingClause"):
        for item in getattr(query, clause, None) or ():
            yield from _joined(item)


def _joined(item: Any) -> Iterator[ast.RangeVar]:
    if isinstance(item, ast.RangeVar):
        yield item
    elif isinstance(item, ast.JoinExpr):
        yield from _joined(item.larg)
        yield from _joined(item.rarg)


def _guarded_names(query: Any) -> Iterator[str]:
    conditions = [getattr(query, "whereClause", None)]
    for clause in ("fromClause", "usingClause"):
        conditions += [c for item in getattr(query, clause, None) or () for c in _join_conditions(item)]
    for condition in conditions:
        for conjunct in _conjuncts(condition):
            if name := _guard(conjunct):
                yield name


def _join_conditions(item: Any) -> Iterator[Any]:
    # What an outer join asks does not keep the rows of its outer side away.
    if isinstance(item, ast.JoinExpr) and item.jointype == JoinType.JOIN_INNER:
        yield item.quals
        yield from _join_conditions(item.larg)
        yield from _join_conditions(item.rarg)


def _conjuncts(condition: Any) -> Iterator[Any]:
    if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.AND_EXPR:
        for part in condition.args:
            yield from _conjuncts(part)
    elif condition is not None:
        yield condition


def _guard(condition: Any) -> str | None:
    """`alias` where the condition is `alias.tenant_id = $1`."""
    if not (isinstance(condition, ast.A_Expr) and [part.sval for part in condition.name] == ["="]):
        return None
    column, parameter = condition.lexpr, condition.rexpr
    if not (isinstance(column, ast.ColumnRef) and _is_tenant(parameter) and len(column.fields) == 2):
        return None
    alias, name = (part.sval for part in column.fields)
    return str(alias) if name == TENANT_COLUMN else None


def _is_tenant(node: Any) -> bool:
    return isinstance(node, ast.ParamRef) and node.number == 1


def _writes_tenant(insert: ast.InsertStmt) -> bool:
    """Whether every row gets `$1` as its tenant, and a conflict is looked for within the tenant."""
    place = [column.name for column in insert.cols].index(TENANT_COLUMN)
    source = insert.selectStmt
    rows: Iterable[Any] = source.valuesLists or [[target.val for target in source.targetList]]
    conflict = insert.onConflictClause
    keys = [element.name for element in conflict.infer.indexElems] if conflict else [TENANT_COLUMN]
    return all(_is_tenant(row[place]) for row in rows) and TENANT_COLUMN in keys


def _nodes(node: Any) -> Iterator[Any]:
    """A tree's nodes."""
    if isinstance(node, ast.Node):
        yield node
        for name in node:
            yield from _nodes(getattr(node, name))
    elif isinstance(node, tuple | list):
        for item in node:
            yield from _nodes(item)
