"""GraphQL: the schema derived from the catalog, and the way from a document to an answer.

In: GraphQL requests.  Out: JSON bytes.  Rejects: documents that do not parse or do not validate.
"""
