"""The domains, one room each. `DOMAINS` is the list that the catalog is built from."""

from app.domains import analytics, audit, integrations, tenancy

DOMAINS = (tenancy, integrations, analytics, audit)
