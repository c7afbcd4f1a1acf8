"""Explains an operation: its plan, its SQL, and what Postgres makes of it.

In: a document and a caller.  Out: text for people.  Nothing is executed: a plan of Postgres's own is only asked for.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import orjson
from rich.console import Console
from rich.syntax import Syntax
from rich.tree import Tree

from app.auth.principal import Principal
from app.catalog.facts import Column, Edge, Entity
from app.db.database import Database, RequestContext
from app.demo.callers import find_tenant_id
from app.errors import BadUserInput
from app.graph.compiling import ReadStep, Step, TreeStep, WriteStep
from app.graph.execution import Engine
from app.graph.running import Execution
from app.model import Role
from app.plan.values import MASK, Slot, masked
from app.render.sql import Statement
from app.server import open_engine
from app.settings import Settings

_HIDDEN = ("key", "field", "path", "node")  # a node is of the document, with whatever secret was written into it


def plan_tree(node: Any, label: str = "plan") -> Tree:
    """A plan's nodes as a tree of their names and what they hold."""
    tree = Tree(f"[bold]{label}[/]")
    for name, value in _members(node):
        _add(tree, name, value)
    return tree


def _add(tree: Tree, name: str, value: Any) -> None:
    if isinstance(value, tuple):
        for item in value:
            _add(tree, name, item)
    elif (brief := _brief(value)) is not None:
        tree.add(f"{name}: {brief}")
    else:
        branch = tree.add(f"{name}: [cyan]{type(value).__name__}[/] {getattr(value, 'key', '')}")
        for inner_name, inner in _members(value):
            _add(branch, inner_name, inner)


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name not in _HIDDEN and value not in (None, (), False):
            yield field.name, value


def _brief(value: Any) -> str | None:
    """What fits on the line: names and values; None for what has parts of its own."""
    match value:
        case Entity() | Edge():
            return f"[green]{value.name if isinstance(value, Entity) else value.field}[/]"
        case Column():
            return value.name
        case Slot():
            return f"[magenta]{MASK if value.has_secrets else value.source}[/]"
        case Enum() | str() | int() | bytes():
            return str(value)
        case Statement():
            return f"{len(value.slots)} parameters"
    return None if is_dataclass(value) else str(value)


async def explain_document(
    out: Console, settings: Settings, document: str, variables: str, operation: str | None, tenant: str, role: Role
) -> None:
    """Prints every statement of an operation. Raises BadUserInput when it does not validate."""
    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as exc:
        raise BadUserInput("--variables is not JSON.") from exc
    if not isinstance(given, dict):
        raise BadUserInput("--variables is not a JSON object.")
    principal = Principal(await find_tenant_id(settings, tenant), None, role)
    async with open_engine(settings) as (engine, database):
        execution = Execution(RequestContext(principal, request_id="explain"))
        compiled = engine.prepare(document, given, operation, execution)
        for key, step in compiled.steps.items():
            out.print(plan_tree(step.read if isinstance(step, ReadStep) else step, key))
        if compiled.statement:
            await _explain(out, database, compiled.statement, engine.bind(compiled.statement, execution), execution)
        for step in compiled.steps.values():
            for statement, values in _statements(engine, step, execution):
                await _explain(out, database, statement, values, execution)


def _statements(engine: Engine, step: Step, execution: Execution) -> Iterator[tuple[Statement, list[Any]]]:
    """The statements of a step, with their values."""
    if isinstance(step, TreeStep):
        yield from zip((step.write, step.read_back), engine.bind_tree(step, execution), strict=True)
        return
    finds = step.sealing.find if isinstance(step, WriteStep) and step.sealing else None
    for found in (finds, *(getattr(step, name, None) for name in ("write", "read_back"))):
        if isinstance(found, Statement):
            yield found, engine.bind(found, execution)


async def _explain(
    out: Console, database: Database, statement: Statement, values: list[Any], execution: Execution
) -> None:
    values = [masked(value) for value in values]
    out.print()
    out.print(Syntax(statement.text, "sql", background_color="default"))
    for number, value in enumerate([execution.context.principal.tenant, *values], 1):
        out.print(f"[dim]${number} = {value}[/]", highlight=False)
    async with database.write(execution.context) as tx:
        lines = await tx.rows(f"explain {statement.text}", values)
    out.print("\n".join(line[0] for line in lines), highlight=False)
