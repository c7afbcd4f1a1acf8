"""Bulkhead: a GraphQL gateway for multi-tenant Postgres. `docs/architecture.md` is the map."""

__version__ = "0.1.0"
