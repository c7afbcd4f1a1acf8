"""A domain of the tests, with what no domain of the product has yet: search, vectors, a union, fields in Python."""
