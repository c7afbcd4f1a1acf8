"""Runs compiled operations: steps become transactions, and their rows the bytes of an answer.

In: Compiled, and an Execution that knows who asks.  Out: the Execution, with a value for each response key.
All reads of a query are one statement in one transaction; each field of a mutation has a transaction of its own, unless
the operation asks for one that they share.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLSchema
from graphql.execution.values import VariableValues, get_argument_values

from app.catalog.facts import Catalog
from app.db.database import Database, ReadTransaction, RequestContext, WriteTransaction
from app.db.retries import retried
from app.errors import (
    BadUserInput,
    BulkheadError,
    Conflict,
    Contended,
    DeadlineExceeded,
    Forbidden,
    NotFound,
    Unavailable,
)
from app.graph.compiling import OperationStep, Sealing, TreeStep, WriteManyStep, WriteStep, at_path
from app.graph.custom_fields import CustomFields
from app.graph.operations import answers_with, keyword_arguments
from app.graph.responses import as_bulkhead_error, logged
from app.graph.variables import NO_VARIABLES
from app.plan.cost import Cost
from app.plan.new_ids import new_id
from app.plan.nodes import Changes, Read
from app.plan.tree_values import PlantedTree, plant
from app.plan.values import WRITTEN_KEY, bind, bind_all
from app.plan.writes import IF_VERSION
from app.render.reads import render_reads
from app.render.sql import Statement
from app.repositories.answers import KeptAnswer, keep_answer, take_key
from app.repositories.operations import note_operation
from app.repositories.rows import IfVersion, Ref, Rows
from app.vault.data_keys import Vault
from app.vault.values import seal_tree, seal_values

_MAX_JSON_INTEGER = 2**53
_ATTEMPTS = 3
Writing = WriteStep | WriteManyStep | TreeStep | OperationStep


@dataclass(slots=True)
class Execution:
    """One operation on its way: who asks, with which variables, and what its fields have come to so far.

    operation_name   as the document has it
    wants_cost       whether the answer says what the operation may cost
    idempotency_key  what the caller named the request, so that sent again it is not run again
    has_written      a field of this request is committed: what comes later may fail, but not take it back
    has_failed       a root field has
    transaction      the one that all fields share, where they do
    """

    context: RequestContext
    variables: VariableValues = NO_VARIABLES
    operation_name: str | None = None
    values: dict[str, bytes] = field(default_factory=dict)
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    data: bytes | None = None
    wants_cost: bool = False
    idempotency_key: str | None = None
    cost: Cost | None = None
    has_written: bool = False
    has_failed: bool = False
    transaction: WriteTransaction | None = None

    @property
    def extensions(self) -> Mapping[str, Any] | None:
        """What the answer says beyond data and errors."""
        if not self.wants_cost or self.cost is None:
            return None
        return {"cost": {name: min(points, _MAX_JSON_INTEGER) for name, points in self.cost._asdict().items()}}

    def fail(self, key: str, error: BulkheadError) -> None:
        """A field that failed is null, and an error says why."""
        self.has_failed = True
        self.values[key] = b"null"
        self.errors.append(at_path(logged(error), (key,)).formatted())

    def start_over(self) -> None:
        """Forgets what its fields have come to: their transaction was undone, and they run again."""
        self.values, self.errors, self.data, self.has_failed = {}, [], None, False

    def finish(self, keys: Iterable[str]) -> None:
        """Puts the fields together in the order of the document."""
        self.data = b"{%b}" % b",".join(b'"%b":%b' % (key.encode(), self.values[key]) for key in keys)


class Runner:
    """Runs steps against one database."""

    def __init__(
        self, schema: GraphQLSchema, catalog: Catalog, database: Database, max_page_rows: int, vault: Vault
    ) -> None:
        self._schema = schema
        self._catalog = catalog
        self._database = database
        self._max_page_rows = max_page_rows
        self._vault = vault
        self._custom_fields = CustomFields(catalog)

    async def read(self, reads: Mapping[str, Read], statement: Statement, execution: Execution) -> None:
        """All reads in one statement. Should it fail, one bad field spoils no other. Raises Unavailable."""
        try:
            await retried(lambda: self._read_into(statement, reads, execution))
        except Unavailable:
            raise
        except BulkheadError as error:
            # What took too long together is not tried in parts: each of them might take as long.
            if len(reads) == 1 or isinstance(error, DeadlineExceeded):
                _fail_all(reads, error, execution)
            else:
                await self._read_apart(reads, execution)

    async def _read_apart(self, reads: Mapping[str, Read], execution: Execution) -> None:
        """Fails the reads whose values do not fit and runs the others together; if all fit, runs each on its own."""
        fitting: dict[str, Read] = {}
        for key, read in reads.items():
            try:
                self.bind(render_reads([read]), execution)
                fitting[key] = read
            except BadUserInput as error:
                execution.fail(key, error)
        if fitting and len(fitting) < len(reads):
            await self.read(fitting, render_reads(list(fitting.values())), execution)
        elif fitting:
            await self._read_one_by_one(fitting, execution)

    async def _read_one_by_one(self, reads: dict[str, Read], execution: Execution) -> None:
        while reads:
            key, read = next(iter(reads.items()))
            try:
                await self._read_into(render_reads([read]), {key: read}, execution)
            except (DeadlineExceeded, Unavailable) as error:
                _fail_all(reads, error, execution)
                return
            except BulkheadError as error:
                execution.fail(key, error)
            del reads[key]

    async def _read_into(self, statement: Statement, reads: Mapping[str, Read], execution: Execution) -> None:
        values = self.bind(statement, execution)
        row = await self._database.fetch(execution.context, statement.text, values, nearest=statement.is_nearest)
        assert row is not None
        await self._fill({key: _json(value) for key, value in zip(reads, row, strict=True)}, execution)

    async def _fill(self, values: Mapping[str, bytes], execution: Execution) -> None:
        """Takes in what root fields have come to, with the fields in Python, whose failures are theirs alone."""
        if not self._custom_fields.are_in(values):
            execution.values |= values
            return
        filled, failures = await self._custom_fields.fill(values)
        execution.values |= filled
        execution.errors += [at_path(logged(f.error), f.path).formatted() for f in failures]

    @asynccontextmanager
    async def together(self, execution: Execution, *, is_dry_run: bool) -> AsyncIterator[None]:
        """All fields of a mutation in one transaction: undone when one of them fails, or when it is only tried."""
        with suppress(_Undo):
            async with self._database.write(execution.context) as tx:
                execution.transaction = tx
                try:
                    yield
                finally:
                    execution.transaction = None
                if execution.has_failed or is_dry_run:
                    raise _Undo

    async def was_answered(self, execution: Execution, fingerprints: Sequence[str]) -> bool:
        """Whether the request was answered before, and is so again; else its key is taken. Raises Conflict."""
        assert execution.transaction is not None
        assert execution.idempotency_key is not None
        kept = await take_key(execution.transaction, execution.idempotency_key, fingerprints)
        if kept is None:
            return False
        execution.data, execution.errors = kept.data, orjson.loads(kept.errors)
        return True

    async def keep_answer(self, execution: Execution) -> None:
        """Keeps the answer under the request's key, in the transaction of what it tells of."""
        assert execution.transaction is not None
        assert execution.idempotency_key is not None
        answer = KeptAnswer(_json(execution.data), orjson.dumps(execution.errors))
        await keep_answer(execution.transaction, execution.idempotency_key, answer)

    async def change(self, key: str, step: Writing, execution: Execution) -> None:
        """One field of a mutation. Raises Unavailable while nothing of the request is committed yet.

        Raises Contended in a transaction that all fields share: it is gone, and all of them may run again.
        """
        try:
            if execution.transaction is None:
                written = await retried(lambda: self._changed(step, execution))
            else:
                written = await self._changed(step, execution)
            execution.has_written = execution.transaction is None
            await self._fill({key: written}, execution)
        except Exception as exc:
            if isinstance(exc, Unavailable) and not execution.has_written:
                raise
            if isinstance(exc, Contended) and execution.transaction is not None:
                raise at_path(exc, (key,)) from exc
            execution.fail(key, as_bulkhead_error(exc))

    async def _changed(self, step: Writing, execution: Execution) -> bytes:
        match step:
            case WriteStep():
                return await self._write(step, execution)
            case WriteManyStep():
                return await self._write_many(step, execution)
            case TreeStep():
                return await self._plant(step, execution)
            case OperationStep():
                return await self._operate(step, execution)

    async def _write_many(self, step: WriteManyStep, execution: Execution) -> bytes:
        values = self.bind(step.write, execution)
        if step.read_back is not None or step.has_secrets:
            async with self._transaction(execution) as tx:
                if step.has_secrets:
                    values = await seal_values(self._vault, tx, step.plan.entity, values)
                written = await tx.row(step.write.text, values)
                if written is None or written[0] is None:
                    raise self._too_many(step, execution)
                return await self._answer(tx, step, written[0], execution)
        row = await self._run(step.write.text, values, execution)
        if row is None or row[0] is None:
            raise self._too_many(step, execution)
        return row[0]

    async def _plant(self, step: TreeStep, execution: Execution) -> bytes:
        """Makes a tree of rows and reads what is asked of it; in one round trip, as their ids are known before."""
        tree, read = self._planted(step, execution)
        if execution.transaction is None and not step.has_secrets:
            then = step.read_back.text, read
            row: Sequence[Any] | None
            row = await self._database.change(execution.context, step.write.text, [tree.text], then)
            assert row is not None
            return _json(row[0])
        async with self._transaction(execution) as tx:
            if step.has_secrets:
                tree = await seal_tree(self._vault, tx, step.plan.root, tree)
            await tx.row(step.write.text, [tree.text])
            row = await tx.row(step.read_back.text, read)
            assert row is not None
            return str(row[0]).encode()

    def _planted(self, step: TreeStep, execution: Execution) -> tuple[PlantedTree, list[Any]]:
        """A tree's rows, and the values of the statement that reads it. Raises BadUserInput."""
        tree = plant(step.plan.root, step.plan.size, execution.variables, self._max_page_rows)
        keys = tree.keys if isinstance(step.plan.answer, Changes) else tree.keys[0]
        return tree, self.bind(step.read_back, execution, keys)

    def _too_many(self, step: WriteManyStep, execution: Execution) -> BulkheadError:
        most = bind(step.plan.size, execution.variables, self._max_page_rows)
        message = f"More than {most} rows meet the condition, so none was touched; `maxAffected` allows more."
        return BadUserInput(message, input_path=("maxAffected",))

    async def _write(self, step: WriteStep, execution: Execution) -> bytes:
        values = self.bind(step.write, execution)
        if step.read_back is not None or step.sealing is not None:
            return await self._write_in_transaction(step, values, execution)
        row = await self._run(step.write.text, values, execution)
        if row is None:
            error = await self._why_nothing(step, execution)
            # Between the two looks, the key may have gone to another row: then it is that one which is written.
            row = await self._run(step.write.text, values, execution) if isinstance(error, Forbidden) else None
            if row is None:
                raise error
        return _json(row[0])

    async def _run(self, text: str, values: list[Any], execution: Execution) -> Sequence[bytes | None] | None:
        """One statement: alone, in one round trip, or in the transaction that all fields share."""
        if execution.transaction is None:
            return await self._database.change(execution.context, text, values)
        row = await execution.transaction.row(text, values)
        return row and [None if value is None else str(value).encode() for value in row]

    @asynccontextmanager
    async def _transaction(self, execution: Execution) -> AsyncIterator[WriteTransaction]:
        """A transaction for several statements: the field's own, or the one that all fields share."""
        if execution.transaction is not None:
            yield execution.transaction
            return
        async with self._database.write(execution.context) as tx:
            yield tx

    async def _write_in_transaction(self, step: WriteStep, values: list[Any], execution: Execution) -> bytes:
        """For an answer that reads what was written, or for secrets: several statements, in one transaction."""
        async with self._transaction(execution) as tx:
            if step.sealing is None:
                row = await tx.row(step.write.text, values)
            else:
                row = await self._write_sealed(tx, step, step.sealing, execution)
            if row is not None:
                return await self._answer(tx, step, row[0], execution)
        raise await self._why_nothing(step, execution)

    async def _write_sealed(
        self, tx: WriteTransaction, step: WriteStep, sealing: Sealing, execution: Execution
    ) -> Sequence[Any] | None:
        """Writes secrets: the row that they are bound to is known, and held, before they are sealed.

        An upsert that finds no row, and then one that came meanwhile, writes nothing: it is tried again.
        """
        for _ in range(_ATTEMPTS):
            row_id = await self._row_to_write(tx, sealing, execution)
            if row_id is None:
                break
            bound = self.bind(step.write, execution, row_id)
            values = await seal_values(self._vault, tx, step.entity, bound, row_id)
            if (row := await tx.row(step.write.text, values)) is not None:
                return row
        return None

    async def _row_to_write(self, tx: WriteTransaction, sealing: Sealing, execution: Execution) -> Any:
        """The id of the row that is there, or else of the one that is made; None when there is neither."""
        if sealing.find is not None:
            found = await tx.row(sealing.find.text, self.bind(sealing.find, execution))
            if found is not None:
                return found[0]
        if sealing.made is None:
            return None
        return bind(sealing.made, execution.variables, self._max_page_rows) or new_id()

    async def _answer(
        self, tx: WriteTransaction, step: WriteStep | WriteManyStep, written: Any, execution: Execution
    ) -> bytes:
        """What is asked of what was written: read by its key, or as the statement that wrote it told."""
        if step.read_back is not None:
            return await self._read_back(tx, step.read_back, written, execution)
        return str(written).encode()

    async def _why_nothing(self, step: WriteStep, execution: Execution) -> BulkheadError:
        """Nothing was written: the row is not there, or not the caller's to write."""
        if step.visible is None:
            return Forbidden(f"You may not write this {step.entity.name}.")
        values = self.bind(step.visible, execution)
        seen: Sequence[Any] | None
        if execution.transaction is None:
            seen = await self._database.fetch(execution.context, step.visible.text, values)
        else:
            seen = await execution.transaction.row(step.visible.text, values)
        if seen is None and step.makes:
            # An upsert by the id of a row that is deleted: neither made nor changed.
            return Conflict(f"There was one with this id: a deleted {step.entity.name}.")
        if seen is None:
            return NotFound(f"There is no such {step.entity.name}.")
        if step.if_version is not None:
            known = bind(step.if_version, execution.variables, self._max_page_rows)
            current = int(seen[0] or 0)
            if current != known:
                return Conflict.of_version(step.entity.name, known, current)
        return Forbidden(f"You may not write this {step.entity.name}.")

    async def _operate(self, step: OperationStep, execution: Execution) -> bytes:
        assert self._schema.mutation_type is not None
        given = get_argument_values(self._schema.mutation_type.fields[step.field_name], step.node, execution.variables)
        known = given.pop(IF_VERSION, None)
        async with self._transaction(execution) as tx:
            asked = None if known is None else IfVersion(answers_with(step.function), known)
            rows = Rows(tx, self._catalog, self._vault, asked)
            answer = await step.function(rows, **keyword_arguments(step.function, given))
            await note_operation(tx, step.field_name, self._target(step, answer, execution))
            if isinstance(answer, Ref):
                assert step.read_back is not None
                if known is not None:
                    rows.require_version(answer)
                return await self._read_back(tx, step.read_back, answer.id, execution)
        return orjson.dumps({key: getattr(answer, name) if name else type(answer).__name__ for key, name in step.plain})

    def _target(self, step: OperationStep, answer: Any, execution: Execution) -> tuple[str, UUID]:
        """What the audit log says that an operation was run on: the row that it answers with, else the tenant."""
        if isinstance(answer, Ref):
            assert step.asked is not None
            return step.asked.entity.name, answer.id
        return self._catalog.tenant_root.name, execution.context.principal.tenant

    async def _read_back(self, tx: ReadTransaction, statement: Statement, key: Any, execution: Execution) -> bytes:
        row = await tx.row(statement.text, self.bind(statement, execution, key))
        assert row is not None
        return _json(None if row[0] is None else row[0].encode())

    def bind_tree(self, step: TreeStep, execution: Execution) -> tuple[list[Any], list[Any]]:
        """The values of the statements that make a tree of rows, and read it, as `explain` shows them."""
        tree, read = self._planted(step, execution)
        return [tree.masked], read

    def bind(self, statement: Statement, execution: Execution, row_key: Any = None) -> list[Any]:
        """The values of a statement's slots, for this request. Raises BadUserInput."""
        values = bind_all(statement.slots, execution.variables, self._max_page_rows)
        if row_key is None:
            return values
        return [row_key if slot is WRITTEN_KEY else value for slot, value in zip(statement.slots, values, strict=True)]


class _Undo(Exception):
    """Ends a transaction without keeping it."""


def _fail_all(keys: Iterable[str], error: BulkheadError, execution: Execution) -> None:
    for key in keys:
        execution.fail(key, error)


def _json(value: bytes | None) -> bytes:
    return b"null" if value is None else value
