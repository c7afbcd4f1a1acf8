"""Executes operations: from a document to the bytes of its answer.

In: a GraphQL request and its context.  Out: Answer.  Rejects: documents that do not parse or validate, bad variables.

A document that is new is held against the limits (limits.py), parsed and validated, and kept (documents.py). What was
compiled is kept under the document, the operation's name, the role, and the variables' shape, as long as there is room.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cachetools import LRUCache
from graphql import GraphQLError

from app.catalog.facts import Catalog
from app.db.database import Database
from app.db.retries import retried
from app.errors import BadUserInput, BulkheadError, Contended, QueryTooComplex, Undone
from app.graph.compiling import (
    Compiler,
    Constantly,
    Introspect,
    OperationStep,
    ReadStep,
    Refused,
    Step,
    TreeStep,
    WriteManyStep,
    WriteStep,
)
from app.graph.documents import AskedOperation, Documents, document_weight
from app.graph.introspection import introspect
from app.graph.responses import Answer, RequestErrors, request_error, request_errors
from app.graph.running import Execution, Runner, Writing
from app.graph.schema import ATOMIC, DRY_RUN, INCLUDE_DELETED, build_schema
from app.plan.cost import Cost, Estimate, estimate
from app.plan.fields import Budget, Document, collect_fields
from app.plan.nodes import Read
from app.plan.planning import Limits, Planning
from app.plan.values import asked_rows
from app.render.reads import render_reads
from app.render.sql import Statement
from app.vault.data_keys import Vault

_SHARE_TRANSACTION = {ATOMIC.name, DRY_RUN.name}

MAX_KEPT_BYTES = 64 * 2**20
MAX_KEPT_INTROSPECTION_BYTES = 32 * 2**20
# What a step of planning leaves behind in the plan, the statement and its slots; measured at 0.4 to 1 kB.
_BYTES_PER_PLANNED_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation, ready to run.

    steps      what its root fields come from, by response key
    reads      those that read, and the one statement that reads them all
    estimate   what it may cost
    weight     bytes that it takes
    """

    steps: Mapping[str, Step]
    reads: Mapping[str, Read]
    statement: Statement | None
    estimate: Estimate
    weight: int

    @property
    def is_worth_keeping(self) -> bool:
        """Not so when there is no room, or when it was given up half-way: that is not asked for again."""
        return self.weight <= MAX_KEPT_BYTES and not any(
            isinstance(s, Refused) and isinstance(s.error, QueryTooComplex) for s in self.steps.values()
        )


@dataclass(frozen=True, slots=True)
class _Introspected:
    """An introspection that is kept, and the bytes that it takes with the document that it is kept for."""

    data: bytes
    weight: int


class Engine:
    """Answers GraphQL requests over one database."""

    def __init__(self, catalog: Catalog, database: Database, limits: Limits, vault: Vault | None = None) -> None:
        self._catalog = catalog
        self._vault = vault or Vault()
        self._limits = limits
        self._compiler = Compiler(catalog)
        self._kept: LRUCache[object, Compiled] = LRUCache(MAX_KEPT_BYTES, getsizeof=lambda compiled: compiled.weight)
        self._introspections: LRUCache[object, _Introspected] = LRUCache(
            MAX_KEPT_INTROSPECTION_BYTES, getsizeof=lambda kept: kept.weight
        )
        self.schema = build_schema(catalog)
        self._documents = Documents(self.schema, limits)
        self._runner = Runner(self.schema, catalog, database, limits.max_page_rows, self._vault)
        self.bind, self.bind_tree = self._runner.bind, self._runner.bind_tree

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
        if not query:
            return request_error(BadUserInput("The query is empty."))
        errors: Sequence[GraphQLError] = ()
        try:
            operation = self._documents.operation(query, operation_name)
            if operation.is_mutation and not may_mutate:
                return request_error(BadUserInput("Only queries are sent by GET."), 405)
            keys = self._vault.fingerprint_keys
            told = _fingerprints(keys, query, variables, operation_name, execution) if operation.is_mutation else ()
            await self._run(operation, variables or {}, execution, told)
        except RequestErrors as exc:
            errors = exc.errors
        except GraphQLError as exc:
            errors = [exc]
        except Exception as exc:
            errors = [GraphQLError(str(exc), original_error=exc)]
        if execution.data is None:
            return request_errors(errors)._replace(extensions=execution.extensions)
        return Answer(execution.data, execution.errors, extensions=execution.extensions)

    def prepare(
        self, text: str, variables: Mapping[str, Any], operation_name: str | None, execution: Execution
    ) -> Compiled:
        """Compiles an operation without running it. Raises GraphQLError or an error of ours."""
        try:
            operation = self._documents.operation(text, operation_name)
            self._take_variables(operation, variables, execution)
        except RequestErrors as exc:
            raise exc.errors[0] from exc
        return self._compiled(operation, execution)

    async def _run(
        self, operation: AskedOperation, variables: Mapping[str, Any], execution: Execution, fingerprints: Sequence[str]
    ) -> None:
        """Runs an operation. Raises RequestErrors when the variables do not fit, QueryTooComplex, Unavailable."""
        self._take_variables(operation, variables, execution)
        compiled = self._compiled(operation, execution)
        self.cost(compiled, execution)
        shares = fingerprints or not operation.directives.isdisjoint(_SHARE_TRANSACTION)
        if shares and any(isinstance(step, Writing) for step in compiled.steps.values()):
            try:
                await retried(lambda: self._take_together(operation, compiled, execution, fingerprints))
            except Contended as error:
                if not error.path:
                    raise
                _undo(compiled, execution, str(error.path[0]), error)
            return
        for key, step in compiled.steps.items():
            await self._take(operation, key, step, execution)
        if compiled.statement is not None:
            await self._runner.read(compiled.reads, compiled.statement, execution)
        execution.finish(compiled.steps)

    async def _take(self, operation: AskedOperation, key: str, step: Step, execution: Execution) -> None:
        match step:
            case ReadStep():
                pass  # all of them together, after the others
            case Constantly(value):
                execution.values[key] = value
            case Refused(error):
                execution.fail(key, error)
            case Introspect():
                execution.values[key] = await self._introspect(operation, key, step, execution)
            case WriteStep() | WriteManyStep() | TreeStep() | OperationStep():
                await self._runner.change(key, step, execution)

    async def _take_together(
        self, operation: AskedOperation, compiled: Compiled, execution: Execution, fingerprints: Sequence[str]
    ) -> None:
        """The fields of a mutation in one transaction. The first that fails fails all, those before it too.

        With fingerprints, the answer is kept for whoever sends the request again; or was kept, and nothing runs.
        Raises Contended when Postgres undid the transaction.
        """
        execution.start_over()
        try:
            async with self._runner.together(execution, is_dry_run=DRY_RUN.name in operation.directives):
                if fingerprints and await self._runner.was_answered(execution, fingerprints):
                    return
                for key, step in compiled.steps.items():
                    await self._take(operation, key, step, execution)
                    if execution.has_failed:
                        break
                else:
                    execution.finish(compiled.steps)
                    if fingerprints:
                        await self._runner.keep_answer(execution)
        except BaseException:
            execution.data = None  # it was not committed, so it is no answer
            raise
        if execution.has_failed:
            _undo(compiled, execution, key)

    def _take_variables(self, operation: AskedOperation, raw: Mapping[str, Any], execution: Execution) -> None:
        """Coerces the variables into the execution. Raises RequestErrors."""
        execution.operation_name = operation.name
        execution.variables = operation.variables.coerce(raw)

    def _compiled(self, operation: AskedOperation, execution: Execution) -> Compiled:
        role = execution.context.principal.role_text
        key = (operation, role, operation.variables.shape(execution.variables.coerced))
        try:
            return self._kept[key]
        except KeyError:
            pass  # and what compiling raises has nothing to do with it
        compiled = self._compile(operation, execution)
        if compiled.is_worth_keeping:
            self._kept[key] = compiled
        return compiled

    def cost(self, compiled: Compiled, execution: Execution) -> Cost:
        """What the operation may cost, with this request's variables. Raises QueryTooComplex when that is too much."""
        limits = self._limits
        cost = compiled.estimate.fixed or compiled.estimate.of(
            lambda slot: asked_rows(slot, execution.variables, limits.max_page_rows)
        )
        execution.cost = cost
        if cost.nodes > limits.max_nodes:
            raise _too_much(f"{cost.nodes:,} rows", limits.max_nodes, "BULKHEAD_MAX_NODES")
        if cost.cost > limits.max_cost:
            raise _too_much(f"{cost.cost:,} points of cost", limits.max_cost, "BULKHEAD_MAX_COST")
        return cost

    def _compile(self, operation: AskedOperation, execution: Execution) -> Compiled:
        budget = Budget(self._limits.max_planned_steps)
        seen = Document(self.schema, operation.fragments, execution.variables, budget)
        root = self.schema.get_root_type(operation.node.operation)
        assert root is not None
        role, sees_deleted = execution.context.principal.role, INCLUDE_DELETED.name in operation.directives
        catalog = self._catalog.with_deleted if sees_deleted else self._catalog
        planning = Planning(catalog, role, seen, self._limits, sees_deleted)
        steps = self._compiler.compile(planning, root, collect_fields(seen, root, [operation.node.selection_set]))
        reads = {key: step.read for key, step in steps.items() if isinstance(step, ReadStep)}
        asked = [s.asked for s in steps.values() if isinstance(s, WriteStep | OperationStep) and s.asked]
        many = [s.plan for s in steps.values() if isinstance(s, WriteManyStep | TreeStep)]
        estimated = estimate(reads.values(), asked, many, self._limits.max_page_rows)
        statement = render_reads(list(reads.values())) if reads else None
        weight = _BYTES_PER_PLANNED_STEP * (1 + budget.spent) + document_weight(operation.document)
        weight += len(statement.text) if statement else 0
        return Compiled(steps, reads, statement, estimated, weight)

    async def _introspect(self, operation: AskedOperation, key: str, step: Introspect, execution: Execution) -> bytes:
        """One introspection field; kept when no variable can change it."""
        name = (operation, key)
        kept = None if operation.node.variable_definitions else self._introspections.get(name)
        if kept is not None:
            return kept.data
        budget = Budget(self._limits.max_planned_steps)
        seen = Document(self.schema, operation.fragments, execution.variables, budget)
        data = await asyncio.to_thread(introspect, seen, list(step.nodes))  # of a large schema, half a second
        introspected = _Introspected(data, len(data) + document_weight(operation.document))
        if not operation.node.variable_definitions and introspected.weight < MAX_KEPT_INTROSPECTION_BYTES:
            self._introspections[name] = introspected
        return data


def _undo(compiled: Compiled, execution: Execution, failed: str, error: BulkheadError | None = None) -> None:
    """Fails all fields of a transaction that was undone, for the one that failed."""
    if error is not None:
        execution.start_over()
        execution.fail(failed, error)
    for key in compiled.steps:
        if key != failed:
            execution.fail(key, Undone("Nothing of this is kept: another field of the mutation failed."))
    execution.finish(compiled.steps)


def _fingerprints(
    keys: Sequence[bytes],
    query: str,
    variables: dict[str, Any] | None,
    operation_name: str | None,
    execution: Execution,
) -> Sequence[str]:
    """Of a request that may not run twice: what tells it from any other, of anybody else. None of any other request.

    With keys, one for each: nobody who reads the database can try out which secrets a request may have had in it.
    """
    if execution.idempotency_key is None:
        return ()
    who = execution.context.principal
    asked = [query, variables or {}, operation_name, who.user_text, who.role_text]
    try:
        text = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except TypeError as exc:
        raise QueryTooComplex("Variables are nested too deeply for an Idempotency-Key.") from exc
    return [hashlib.blake2b(text, digest_size=32, key=key).hexdigest() for key in keys or (b"",)]


def _too_much(asked: str, most: int, setting: str) -> QueryTooComplex:
    reason = f"This asks for {asked}, page sizes multiplied; {most:,} at most ({setting})."
    return QueryTooComplex(f"{reason} Smaller pages, by `first`, help.")
