"""Executes operations: from a document to the bytes of its answer.

In: a GraphQL request and its context.  Out: Answer.  Rejects: documents that do not parse or validate, bad variables.

A document that is new is held against the limits (limits.py), parsed and validated, and kept (documents.py). What was
compiled is kept under the document, the operation's name, the role, and the variables' shape, as long as there is room.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    get_variable_values,
    parse,
)
from graphql.execution.values import VariableValues

from app.catalog.facts import Catalog
from app.db.database import Database
from app.errors import BadUserInput, QueryTooComplex
from app.graph.compiling import Compiler, Constantly, Introspect, OperationStep, ReadStep, Refused, Step, WriteStep
from app.graph.documents import MAX_SUGGESTIONS, Documents, document_weight, validate_document
from app.graph.introspection import introspect
from app.graph.limits import check_document
from app.graph.responses import Answer, request_error, request_errors
from app.graph.running import Execution, Runner
from app.graph.schema import build_schema
from app.plan.cost import Cost, Estimate, estimate
from app.plan.fields import Budget, Document, collect_fields
from app.plan.nodes import Read
from app.plan.planning import Limits, Planning
from app.plan.shape import Shape, shape_of
from app.plan.values import asked_rows
from app.render.reads import render_reads
from app.render.sql import Statement

MAX_KEPT_BYTES = 64 * 2**20
MAX_KEPT_INTROSPECTION_BYTES = 16 * 2**20
MAX_VARIABLE_ERRORS = 50
# What a step of planning leaves behind in the plan, the statement and its slots; measured at 0.4 to 1 kB.
_BYTES_PER_PLANNED_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation's steps by response key, the one statement of all its reads, and what it may cost. Weighs bytes."""

    steps: Mapping[str, Step]
    reads: Statement | None
    estimate: Estimate
    weight: int

    @property
    def plans(self) -> Mapping[str, Read]:
        """What the statement reads, by response key."""
        return {key: step.read for key, step in self.steps.items() if isinstance(step, ReadStep)}

    @property
    def is_worth_keeping(self) -> bool:
        """Not so when there is no room, or when it was given up half-way: that is not asked for again."""
        return self.weight <= MAX_KEPT_BYTES and not any(
            isinstance(s, Refused) and isinstance(s.error, QueryTooComplex) for s in self.steps.values()
        )


class Engine:
    """Answers GraphQL requests over one database."""

    def __init__(self, catalog: Catalog, database: Database, limits: Limits) -> None:
        self._catalog = catalog
        self._limits = limits
        self._compiler = Compiler(catalog)
        self._kept: LRUCache[object, Compiled] = LRUCache(MAX_KEPT_BYTES, getsizeof=lambda compiled: compiled.weight)
        self._introspections: LRUCache[object, bytes] = LRUCache(MAX_KEPT_INTROSPECTION_BYTES, getsizeof=len)
        self.schema = build_schema(catalog)
        self._documents = Documents(self.schema, limits)
        self._runner = Runner(self.schema, catalog, database, limits.max_page_rows)
        self.bind = self._runner.bind

    async def execute(
        self,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        execution: Execution,
        *,
        may_mutate: bool,
    ) -> Answer:
        """Answers a request. Raises nothing."""
        execution.asked_name = operation_name
        if not query:
            return request_error(BadUserInput("The query is empty."))
        try:
            document = self._documents.parsed(query)
            operation = get_operation_ast(document, operation_name)
            if operation is None or operation.operation not in (OperationType.QUERY, OperationType.MUTATION):
                return request_error(_no_operation(document, operation, operation_name))
            if operation.operation is OperationType.MUTATION and not may_mutate:
                return request_error(BadUserInput("Only queries are sent by GET."), 405)
            errors = self._documents.errors(query, document)
            errors = errors or await self.run(query, document, operation, variables or {}, execution) or []
        except GraphQLError as exc:
            errors = [exc]
        except Exception as exc:
            errors = [GraphQLError(str(exc), original_error=exc)]
        if execution.data is None:
            return replace(request_errors(errors), extensions=execution.extensions)
        return Answer(execution.data, tuple(execution.errors), extensions=execution.extensions)

    def prepare(
        self, text: str, raw_variables: Mapping[str, Any], operation_name: str | None, execution: Execution
    ) -> Compiled:
        """Compiles an operation without running it. Raises GraphQLError or QueryTooComplex."""
        check_document(text, self._limits)
        document = parse(text)
        operation = get_operation_ast(document, operation_name)
        errors = validate_document(self.schema, document)
        if operation is None:
            raise GraphQLError("Say which operation to run.")
        errors = errors or self._take_variables(operation, raw_variables, execution) or []
        if errors:
            raise errors[0]
        return self._compiled(text, document, operation, execution)

    async def run(
        self,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        raw_variables: Mapping[str, Any],
        execution: Execution,
    ) -> list[GraphQLError] | None:
        """Runs a validated operation. Returns errors when the variables do not fit; raises Unavailable."""
        if errors := self._take_variables(operation, raw_variables, execution):
            return errors
        compiled = self._compiled(text, document, operation, execution)
        self.cost(compiled, execution)
        for key, step in compiled.steps.items():
            match step:
                case Constantly(value):
                    execution.values[key] = value
                case Refused(error):
                    execution.fail(key, error)
                case Introspect():
                    execution.values[key] = await self._introspect(text, key, document, operation, step, execution)
                case WriteStep() | OperationStep():
                    await self._runner.change(key, step, execution)
        if compiled.reads is not None:
            await self._runner.read(compiled.plans, compiled.reads, execution)
        execution.finish(compiled.steps)
        return None

    def _take_variables(
        self, operation: OperationDefinitionNode, raw: Mapping[str, Any], execution: Execution
    ) -> list[GraphQLError] | None:
        """Coerces the variables into the execution; returns what does not fit."""
        coerce = partial(get_variable_values, self.schema, operation.variable_definitions or (), dict(raw))
        variables = coerce(max_errors=MAX_SUGGESTIONS)
        if not isinstance(variables, VariableValues):
            others = coerce(max_errors=MAX_VARIABLE_ERRORS, hide_suggestions=True)
            assert not isinstance(others, VariableValues)
            return variables[:MAX_SUGGESTIONS] + others[MAX_SUGGESTIONS:]
        execution.variables = variables
        execution.operation_name = operation.name.value if operation.name else None
        return None

    def _compiled(
        self, text: str, document: DocumentNode, operation: OperationDefinitionNode, execution: Execution
    ) -> Compiled:
        role = execution.context.principal.role
        key = (text, execution.operation_name, role, self._shape(execution.variables))
        compiled = self._kept.get(key)
        if compiled is None:
            compiled = self._compile(document, operation, execution)
            if compiled.is_worth_keeping:
                self._kept[key] = compiled
        return compiled

    def cost(self, compiled: Compiled, execution: Execution) -> Cost:
        """What the operation may cost, with this request's variables. Raises QueryTooComplex when that is too much."""
        limits = self._limits
        cost = compiled.estimate.of(lambda slot: asked_rows(slot, execution.variables, limits.max_page_rows))
        execution.cost = cost
        for asked, most, what, setting in (
            (cost.nodes, limits.max_nodes, "rows", "BULKHEAD_MAX_NODES"),
            (cost.cost, limits.max_cost, "points of cost", "BULKHEAD_MAX_COST"),
        ):
            if asked > most:
                reason = f"This asks for {asked:,} {what}, page sizes multiplied; {most:,} at most ({setting})."
                raise QueryTooComplex(f"{reason} Smaller pages, by `first`, help.")
        return cost

    def _shape(self, variables: VariableValues) -> Shape:
        if not variables.coerced:
            return ()
        types = {name: source.signature.type for name, source in variables.sources.items()}
        return tuple((name, shape_of(types[name], value)) for name, value in variables.coerced.items())

    def _compile(self, document: DocumentNode, operation: OperationDefinitionNode, execution: Execution) -> Compiled:
        schema = self.schema
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        budget = Budget(self._limits.max_planned_steps)
        seen = Document(schema, fragments, execution.variables, budget)
        root = schema.get_root_type(operation.operation)
        assert root is not None
        planning = Planning(self._catalog, execution.context.principal.role, seen, self._limits)
        steps = self._compiler.compile(planning, root, collect_fields(seen, root, [operation.selection_set]))
        reads = [step.read for step in steps.values() if isinstance(step, ReadStep)]
        asked = [s.asked for s in steps.values() if isinstance(s, WriteStep | OperationStep) and s.asked]
        statement = render_reads(reads) if reads else None
        weight = _BYTES_PER_PLANNED_STEP * (1 + budget.spent) + document_weight(document)
        weight += len(statement.text) if statement else 0
        costs = estimate(reads, asked, self._limits.max_page_rows)
        return Compiled(steps, statement, costs, weight)

    async def _introspect(
        self,
        text: str,
        key: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        step: Introspect,
        execution: Execution,
    ) -> bytes:
        """One introspection field; kept when no variable can change it."""
        name = (text, operation.name.value if operation.name else None, key)
        kept = None if operation.variable_definitions else self._introspections.get(name)
        if kept is not None:
            return kept
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        seen = Document(self.schema, fragments, execution.variables, Budget(self._limits.max_planned_steps))
        data = await asyncio.to_thread(introspect, seen, list(step.nodes))  # of a large schema, half a second
        if not operation.variable_definitions and len(data) < MAX_KEPT_INTROSPECTION_BYTES:
            self._introspections[name] = data
        return data


def _no_operation(
    document: DocumentNode, operation: OperationDefinitionNode | None, asked_name: str | None
) -> BadUserInput:
    """Why a document has no operation to run."""
    if operation is not None:
        return BadUserInput("Subscriptions are not served.")
    if asked_name is not None:
        return BadUserInput(f'Unknown operation named "{asked_name}".')
    if any(isinstance(definition, OperationDefinitionNode) for definition in document.definitions):
        return BadUserInput("Say by operationName which operation to run.")
    return BadUserInput("Can't get GraphQL operation type")
