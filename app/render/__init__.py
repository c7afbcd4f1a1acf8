"""From a plan to SQL: one statement, the same text for the same plan.

In: plan.nodes.  Out: Statement(text, slots).  Rejects statements whose conditions would be written
out too often; any other failure here is our bug.
The tenant's predicate is put on every table reference here, and nowhere else, with the one that hides deleted rows.
"""
