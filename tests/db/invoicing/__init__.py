"""A domain that exists in tests only: what a revision for a new entity is written from."""
