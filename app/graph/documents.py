"""Documents that are kept: parsed and validated once, as long as there is room.

In: the text of a document.  Out: the document, without the work for one that was seen before.
Only documents that validate are kept, and their number is bounded by what they weigh rather than by a count: whoever
sends a thousand large documents pushes out other documents, not the server.
"""

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from graphql.validation.validate import ValidationAbortedError

from app.errors import QueryTooComplex
from app.graph.limits import check_document
from app.plan.planning import Limits

MAX_BYTES = 64 * 2**20
# Measured: a parsed document takes 76 bytes for each character of its text.
_BYTES_PER_CHARACTER = 80
MAX_ERRORS = 20
# A misspelt name is compared with every name there may be, to say which one was meant: 7 ms at 150 entities.
MAX_SUGGESTIONS = 3


class Documents:
    """The documents of one schema: limited, parsed and validated, unless they were seen before."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._kept: LRUCache[str, DocumentNode] = LRUCache(MAX_BYTES, getsizeof=document_weight)

    def parsed(self, text: str) -> DocumentNode:
        """A document. Raises QueryTooComplex before there is anything to parse, and GraphQLError."""
        if kept := self._kept.get(text):
            return kept
        check_document(text, self._limits)
        return parse(text)

    def errors(self, text: str, document: DocumentNode) -> list[GraphQLError]:
        """What is wrong with a document. One that holds is kept."""
        if text in self._kept:
            return []
        errors = validate_document(self._schema, document)
        if not errors and document_weight(document) <= self._kept.maxsize:
            self._kept[text] = document
        return errors


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
