"""Row-level security made from the catalog, and the checks of a live database.

In: Catalog, and the files of `sql/`.
Out: the whole schema as SQL (schema.py); findings of a live database (doctor.py).
"""
