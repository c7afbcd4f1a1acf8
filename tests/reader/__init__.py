"""A second reader, for the tests: it answers the same queries in the plainest way there is.

In: a document, its variables, and a tenant's rows, which one `select` a table brings.  Out: the answer's data.
graphql-core executes the document over dictionaries; conditions, orders, cursors, pages and numbers are plain Python
over lists. Of the gateway it takes the catalog and the schema's text, and nothing of app/plan or app/render.

    rows.py        the rows, the ways between them, and what is computed from one
    filters.py     whether a filter holds for a value; json_values.py does for JSON
    conditions.py  whether a `where` holds for a row
    orders.py      orders and cursors
    measures.py    numbers over rows, and groups of them
    pages.py       pages
    objects.py     the reader
"""

from tests.reader.objects import PlainReader
from tests.reader.orders import without_signatures

__all__ = ["PlainReader", "without_signatures"]
