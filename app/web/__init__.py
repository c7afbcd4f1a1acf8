"""HTTP: from a request's bytes to GraphQL, and back. Nothing here knows of SQL.

In: HTTP.  Out: HTTP.  Rejects: what is malformed, too large, of a type we do not speak, or without a token that holds.
"""
