"""Documents that are kept: parsed and validated once, as long as there is room.

In: Strawberry's stages.  Out: the same, without their work for a document that was seen before.
Only documents that validate are kept, and their number is bounded by what they weigh rather than by a count: whoever
sends a thousand large documents pushes out other documents, not the server.
"""

from collections.abc import Iterator

from cachetools import LRUCache
from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MAX_BYTES = 64 * 2**20
# Measured: a parsed document takes 76 bytes for each character of its text.
_BYTES_PER_CHARACTER = 80

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
        """Spares the validator a document that is known; keeps one that holds."""
        request = self.execution_context
        if self._known:
            request.pre_execution_errors = []
        yield
        if not self._known and not request.pre_execution_errors and request.graphql_document is not None:
            self._kept[request.query or ""] = request.graphql_document


def document_weight(document: DocumentNode) -> int:
    """Bytes that a parsed document takes, roughly."""
    assert document.loc is not None
    return _BYTES_PER_CHARACTER * len(document.loc.source.body)
