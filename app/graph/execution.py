"""Executes operations: from a document to the bytes of its answer.

In: a GraphQL request and its context.  Out: Answer.  Rejects: documents that do not parse or validate, bad variables.

The document goes through Strawberry's own stages (parse and validate, both cached); at `on_execute` the compiled path
takes over. What was compiled is kept under the document, the operation's name, the role, and the variables' shape.
All fields of a query are one statement in one transaction; each field of a mutation has a transaction of its own.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    get_operation_ast,
    get_variable_values,
    parse,
    validate,
)
from graphql import ExecutionResult as GraphQLResult
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from app.catalog.facts import Catalog
from app.db.database import Database, ReadTransaction, RequestContext
from app.errors import BadUserInput, BulkheadError, DeadlineExceeded, Forbidden, NotFound, Unavailable
from app.graph.compiling import (
    WRITTEN_KEY,
    Compiler,
    Constantly,
    Introspect,
    OperationStep,
    ReadStep,
    Refused,
    Step,
    WriteStep,
    at_path,
)
from app.graph.operations import keyword_arguments
from app.graph.responses import Answer, as_bulkhead_error, logged, request_error, request_errors
from app.graph.schema import build_schema
from app.plan.fields import Document, collect_fields
from app.plan.planning import Limits, Planning
from app.plan.shape import Shape, shape_of
from app.plan.values import bind
from app.render.reads import render_reads
from app.render.sql import Statement
from app.repositories.rows import Ref, Rows

KEPT_DOCUMENTS = 1_000
KEPT_OPERATIONS = 1_000
NO_VARIABLES = VariableValues({}, {})


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation's steps by response key, and the one statement of all its reads."""

    steps: Mapping[str, Step]
    reads: Statement | None


@dataclass(slots=True)
class Execution:
    """One operation on its way: who asks, with which variables, and what its fields have come to so far."""

    context: RequestContext
    variables: VariableValues = NO_VARIABLES
    operation_name: str | None = None
    values: dict[str, bytes] = field(default_factory=dict)
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    data: bytes | None = None

    def fail(self, key: str, error: BulkheadError) -> None:
        """A field that failed is null, and an error says why."""
        self.values[key] = b"null"
        self.errors.append(at_path(logged(error), (key,)).formatted())

    def finish(self, keys: Iterable[str]) -> None:
        """Puts the fields together in the order of the document."""
        self.data = b"{%b}" % b",".join(b'"%b":%b' % (key.encode(), self.values[key]) for key in keys)


class Engine:
    """Answers GraphQL requests over one database."""

    def __init__(self, catalog: Catalog, database: Database, limits: Limits) -> None:
        self._catalog = catalog
        self._database = database
        self._limits = limits
        self._compiler = Compiler(catalog)
        self._kept: LRUCache[object, Compiled] = LRUCache(KEPT_OPERATIONS)
        self.schema = build_schema(
            catalog,
            (
                lambda: MaxTokensLimiter(limits.max_tokens),
                lambda: ParserCache(KEPT_DOCUMENTS),
                lambda: ValidationCache(KEPT_DOCUMENTS),
                lambda: CompiledPath(self),
            ),
        )

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
        allowed = {OperationType.QUERY, OperationType.MUTATION} if may_mutate else {OperationType.QUERY}
        execution.operation_name = operation_name
        try:
            result = await self.schema.execute(
                query, variables, execution, operation_name=operation_name, allowed_operation_types=allowed
            )
        except InvalidOperationTypeError:
            return request_error(BadUserInput("A mutation is sent by POST."), 405)
        except CannotGetOperationTypeError as exc:
            return request_error(BadUserInput(exc.as_http_error_reason()))
        except MissingQueryError:
            return request_error(BadUserInput("The query is empty."))
        if execution.data is None:
            return request_errors(result.errors or ())
        return Answer(execution.data, tuple(execution.errors))

    def prepare(
        self, text: str, raw_variables: Mapping[str, Any], operation_name: str | None, execution: Execution
    ) -> Compiled:
        """Compiles an operation without running it. Raises GraphQLError for what is wrong with it."""
        document = parse(text)
        operation = get_operation_ast(document, operation_name)
        errors = validate(self.schema._schema, document)
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
        for key, step in compiled.steps.items():
            match step:
                case Constantly(value):
                    execution.values[key] = value
                case Refused(error):
                    execution.fail(key, error)
                case Introspect():
                    execution.values[key] = self._introspect(document, operation, step, raw_variables)
                case WriteStep() | OperationStep():
                    await self._change(key, step, execution)
        if compiled.reads is not None:
            await self._read(compiled, execution)
        execution.finish(compiled.steps)
        return None

    def _take_variables(
        self, operation: OperationDefinitionNode, raw: Mapping[str, Any], execution: Execution
    ) -> list[GraphQLError] | None:
        """Coerces the variables into the execution; returns what does not fit."""
        definitions = operation.variable_definitions or ()
        variables = get_variable_values(self.schema._schema, definitions, dict(raw), max_errors=50)
        if not isinstance(variables, VariableValues):
            return variables
        execution.variables = variables
        execution.operation_name = operation.name.value if operation.name else None
        return None

    def _compiled(
        self, text: str, document: DocumentNode, operation: OperationDefinitionNode, execution: Execution
    ) -> Compiled:
        role = execution.context.principal.role
        key = (text, execution.operation_name, role, self._shape(operation, execution.variables))
        compiled = self._kept.get(key)
        if compiled is None:
            compiled = self._kept[key] = self._compile(document, operation, execution)
        return compiled

    def _shape(self, operation: OperationDefinitionNode, variables: VariableValues) -> Shape:
        if not variables.coerced:
            return ()
        types = {name: source.signature.type for name, source in variables.sources.items()}
        return tuple((name, shape_of(types[name], value)) for name, value in variables.coerced.items())

    def _compile(self, document: DocumentNode, operation: OperationDefinitionNode, execution: Execution) -> Compiled:
        schema = self.schema._schema
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        seen = Document(schema, fragments, execution.variables)
        root = schema.get_root_type(operation.operation)
        assert root is not None
        planning = Planning(self._catalog, execution.context.principal.role, seen, self._limits)
        fields = collect_fields(seen, root, [operation.selection_set])
        steps = self._compiler.compile(planning, root, fields)
        reads = [step.read for step in steps.values() if isinstance(step, ReadStep)]
        return Compiled(steps, render_reads(reads) if reads else None)

    async def _read(self, compiled: Compiled, execution: Execution) -> None:
        """All reads in one statement. Should it fail, each on its own, so that one bad field spoils no other."""
        assert compiled.reads is not None
        reads = {key: step.read for key, step in compiled.steps.items() if isinstance(step, ReadStep)}
        try:
            await self._read_into(compiled.reads, list(reads), execution)
        except Unavailable:
            raise
        except DeadlineExceeded as error:
            # Not tried again in parts: each of them might take as long.
            for key in reads:
                execution.fail(key, DeadlineExceeded(error.message))
        except BulkheadError as error:
            if len(reads) == 1:
                execution.fail(next(iter(reads)), error)
                return
            for key, read in reads.items():
                try:
                    await self._read_into(render_reads([read]), [key], execution)
                except BulkheadError as own_error:
                    execution.fail(key, own_error)

    async def _read_into(self, statement: Statement, keys: list[str], execution: Execution) -> None:
        values = self.bind(statement, execution)
        async with self._database.read(execution.context) as tx:
            row = await tx.row(statement.text, values)
        assert row is not None
        execution.values |= {key: _json(value) for key, value in zip(keys, row, strict=True)}

    async def _change(self, key: str, step: WriteStep | OperationStep, execution: Execution) -> None:
        try:
            if isinstance(step, WriteStep):
                execution.values[key] = await self._write(step, execution)
            else:
                execution.values[key] = await self._operate(step, execution)
        except Unavailable:
            raise
        except Exception as exc:
            execution.fail(key, as_bulkhead_error(exc))

    async def _write(self, step: WriteStep, execution: Execution) -> bytes:
        values = self.bind(step.write, execution)
        async with self._database.write(execution.context) as tx:
            row = await tx.row(step.write.text, values)
            if row is None:
                raise await self._why_nothing(tx, step, execution)
            if step.read_back is None:
                return _json(row[0])
            return await self._read_back(tx, step.read_back, row[0], execution)

    async def _why_nothing(self, tx: ReadTransaction, step: WriteStep, execution: Execution) -> BulkheadError:
        """Nothing was written: the row is not there, or not the caller's to write."""
        assert step.visible is not None
        if await tx.row(step.visible.text, self.bind(step.visible, execution)) is None:
            return NotFound(f"There is no such {step.entity.name}.")
        return Forbidden(f"You may not write this {step.entity.name}.")

    async def _operate(self, step: OperationStep, execution: Execution) -> bytes:
        field_definition = self.schema._schema.mutation_type.fields[step.field_name]  # type: ignore[union-attr]
        given = get_argument_values(field_definition, step.node, execution.variables)
        async with self._database.write(execution.context) as tx:
            answer = await step.function(Rows(tx, self._catalog), **keyword_arguments(step.function, given))
            if isinstance(answer, Ref):
                assert step.read_back is not None
                return await self._read_back(tx, step.read_back, answer.id, execution)
        return orjson.dumps({key: getattr(answer, name) if name else type(answer).__name__ for key, name in step.plain})

    async def _read_back(self, tx: ReadTransaction, statement: Statement, key: Any, execution: Execution) -> bytes:
        row = await tx.row(statement.text, self.bind(statement, execution, key))
        assert row is not None
        return _json(row[0])

    def bind(self, statement: Statement, execution: Execution, written_key: Any = None) -> list[Any]:
        """The values of a statement's slots, for this request. Raises BadUserInput."""
        rows = self._limits.max_page_rows
        return [
            written_key if slot is WRITTEN_KEY else bind(slot, execution.variables, rows) for slot in statement.slots
        ]

    def _introspect(
        self, document: DocumentNode, operation: OperationDefinitionNode, step: Introspect, raw: Mapping[str, Any]
    ) -> bytes:
        """One introspection field, by graphql-core; kept when no variable can change it."""
        if step.kept is not None:
            return step.kept
        alone = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            selection_set=SelectionSetNode(selections=step.nodes),
        )
        fragments = (d for d in document.definitions if isinstance(d, FragmentDefinitionNode))
        document = DocumentNode(definitions=(alone, *fragments))
        result = execute_sync(self.schema._schema, document, variable_values=dict(raw))
        if result.errors or result.data is None:
            raise (result.errors or [GraphQLError("introspection-no-data")])[0]
        (value,) = result.data.values()
        data = orjson.dumps(value)
        if not operation.variable_definitions:
            step.kept = data
        return data


class CompiledPath(SchemaExtension):
    """The seam: runs the operation at `on_execute`, so that graphql-core has nothing left to do."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    async def on_execute(self) -> AsyncIterator[None]:
        """Leaves the answer in the request's Execution."""
        request = self.execution_context
        assert request.query is not None
        assert request.graphql_document is not None
        # Not request.operation_name: where no name was given, that is the first operation's.
        operation = get_operation_ast(request.graphql_document, request.context.operation_name)
        if operation is None:
            raise BadUserInput("Say by operationName which operation to run.")
        errors = await self._engine.run(
            request.query, request.graphql_document, operation, request.variables or {}, request.context
        )
        request.result = GraphQLResult(data=None, errors=errors)
        yield


def _json(value: str | None) -> bytes:
    return b"null" if value is None else value.encode()
