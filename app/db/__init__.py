"""The way to Postgres: the pool, the one place that begins a transaction, the embedded server, migrations.

In: statements and a request's context.  Out: bytes.  Rejects: what Postgres refuses, as coded errors (sqlstate.py).
"""
