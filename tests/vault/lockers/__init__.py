"""A domain with secrets of another shape: required, two of a row, of rows that have an owner."""
