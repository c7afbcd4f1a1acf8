"""Documents that are kept: parsed and validated once, as long as there is room.

In: Strawberry's stages.  Out: the same, without their work for a document that was seen before.
Only documents that validate are kept, and their number is bounded by what they weigh rather than by a count: whoever
sends a thousand large documents pushes out other documents, not the server.
"""

from collections.abc import Iterator

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError, GraphQLSchema, specified_rules, validate
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.errors import QueryTooComplex

MAX_BYTES = 64 * 2**20
# Measured: a parsed document takes 76 bytes for each character of its text.
_BYTES_PER_CHARACTER = 80
# A misspelt name is compared with every name there is: 1 ms each.
MAX_ERRORS = 20

# What Strawberry validates by; it leaves no say about the number of errors.
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

KeptDocuments = LRUCache[str, DocumentNode]


def kept_documents() -> KeptDocuments:
    """Room for documents, by their text."""
    return LRUCache(MAX_BYTES, getsizeof=document_weight)


class KeepDocuments(SchemaExtension):
    """Takes a document from where it is kept, or keeps it once it has validated."""

    def __init__(self, kept: KeptDocuments) -> None:
        super().__init__()
        self._kept = kept
        self._known = False

    def on_parse(self) -> Iterator[None]:
        """Spares the parser a document that is known."""
        request = self.execution_context
        document = self._kept.get(request.query or "")
        if document is not None:
            self._known = True
            request.graphql_document = document
        yield

    def on_validate(self) -> Iterator[None]:
        """Validates a document, in Strawberry's place, unless it is known; keeps one that holds."""
        request = self.execution_context
        document = request.graphql_document
        assert document is not None
        request.pre_execution_errors = [] if self._known else validate_document(request.schema._schema, document)
        holds = not request.pre_execution_errors
        if holds and not self._known and document_weight(document) <= self._kept.maxsize:
            self._kept[request.query or ""] = document
        yield


def validate_document(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document. After MAX_ERRORS there is one more, that says so, and no further search."""
    errors = validate(schema, document, _RULES, max_errors=MAX_ERRORS)
    if errors and len(errors) <= MAX_ERRORS and isinstance(errors[-1], ValidationAbortedError):
        # Not for the number of errors: fields that stand too often in one place, or a stack that is at its end.
        error = QueryTooComplex("This document takes too much to validate.")
        return [GraphQLError(error.message, original_error=error)]
    return errors


def document_weight(document: DocumentNode) -> int:
    """Bytes that a parsed document takes, roughly."""
    assert document.loc is not None
    return _BYTES_PER_CHARACTER * len(document.loc.source.body)
