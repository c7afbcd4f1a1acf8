"""Documents that are kept: parsed and validated once, as long as there is room.

In: the text of a document.  Out: its operation, without the work for a document that was seen before.
Only documents that validate are kept, and their number is bounded by what they weigh rather than by a count: whoever
sends a thousand large documents pushes out other documents, not the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from app.errors import BadUserInput, QueryTooComplex
from app.graph.limits import check_document
from app.graph.responses import RequestErrors
from app.graph.variables import MAX_SUGGESTIONS, Variables
from app.plan.planning import Limits

MAX_BYTES = 64 * 2**20
# Measured: a parsed document takes 76 bytes for each character of its text.
_BYTES_PER_CHARACTER = 80
MAX_ERRORS = 20


@dataclass(frozen=True, slots=True, eq=False)
class AskedOperation:
    """An operation of a document that holds. While the document is kept, it is the same object each time.

    name        as the document has it; whoever sent a document of one operation need not have said it
    directives  those on the operation itself, such as `atomic`
    """

    document: DocumentNode
    node: OperationDefinitionNode
    name: str | None
    is_mutation: bool
    directives: frozenset[str]
    variables: Variables

    @property
    def fragments(self) -> Mapping[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        return {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document that holds, and its operations by the names that they were asked for."""

    document: DocumentNode
    asked: dict[str | None, AskedOperation] = field(default_factory=dict)


class Documents:
    """The documents of one schema: limited, parsed and validated, unless they were seen before."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: LRUCache[str, _Kept] = LRUCache(MAX_BYTES, getsizeof=lambda kept: document_weight(kept.document))

    def operation(self, text: str, asked_name: str | None) -> AskedOperation:
        """An operation of a document.

        Raises  QueryTooComplex before there is anything to parse
                GraphQLError when it does not parse
                RequestErrors when it does not validate
                BadUserInput when there is no such operation
        """
        try:
            kept = self._kept[text]
        except KeyError:
            kept = self._validated(text)
        operation = kept.asked.get(asked_name)
        if operation is None:
            operation = kept.asked[asked_name] = self._described(kept.document, _find(kept.document, asked_name))
        return operation

    def _validated(self, text: str) -> _Kept:
        check_document(text, self._limits)
        document = parse(text)
        if errors := validate_document(self._schema, document):
            raise RequestErrors(errors)
        kept = _Kept(document)
        if document_weight(document) <= self._kept.maxsize:
            self._kept[text] = kept
        return kept

    def _described(self, document: DocumentNode, node: OperationDefinitionNode) -> AskedOperation:
        return AskedOperation(
            document=document,
            node=node,
            name=node.name.value if node.name else None,
            is_mutation=node.operation is OperationType.MUTATION,
            directives=frozenset(directive.name.value for directive in node.directives or ()),
            variables=Variables(self._schema, node.variable_definitions or ()),
        )


def _find(document: DocumentNode, asked_name: str | None) -> OperationDefinitionNode:
    """The operation that is asked for. Raises BadUserInput."""
    node = get_operation_ast(document, asked_name)
    if node is not None:
        if node.operation is OperationType.SUBSCRIPTION:
            raise BadUserInput("Subscriptions are not served.")
        return node
    if asked_name is not None:
        raise BadUserInput(f'Unknown operation named "{asked_name}".')
    if any(isinstance(definition, OperationDefinitionNode) for definition in document.definitions):
        raise BadUserInput("Say by operationName which operation to run.")
    raise BadUserInput("This document has no operation.")


def validate_document(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document. After MAX_ERRORS there is one more, that says so, and no further search."""
    errors = validate(schema, document, max_errors=MAX_SUGGESTIONS)
    if len(errors) > MAX_SUGGESTIONS:
        others = validate(schema, document, max_errors=MAX_ERRORS, hide_suggestions=True)
        errors = errors[:MAX_SUGGESTIONS] + others[MAX_SUGGESTIONS:]
    if errors and len(errors) <= MAX_ERRORS and isinstance(errors[-1], ValidationAbortedError):
        # Not for the number of errors: fields that stand too often in one place, or a stack that is at its end.
        error = QueryTooComplex("This document takes too much to validate.")
        return [GraphQLError(error.message, original_error=error)]
    return errors


def document_weight(document: DocumentNode) -> int:
    """Bytes that a parsed document takes, roughly."""
    assert document.loc is not None
    return _BYTES_PER_CHARACTER * len(document.loc.source.body)
