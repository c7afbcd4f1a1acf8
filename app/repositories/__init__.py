"""The async repositories: what operations in Python read and write rows with.

In: a transaction and values by column name.  Out: rows and ids.
Rejects: what the tenant does not have, or may not write.
They render the same plans as GraphQL's own writes, so the tenant's predicate is never written by hand.
"""

from app.repositories.rows import New, Ref, Rows

__all__ = ["New", "Ref", "Rows"]
