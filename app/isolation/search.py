"""Full-text search made from an entity's declaration: its column of words, and the function that looks them up.

In: an entity.  Out: the expression of the column; CREATE FUNCTION and the grants of the role that owns the function.

The function crosses the tenant floor (docs/decisions/0009-search-crosses-the-floor.md): `@@` is not leakproof, so
under row-level security it can use no index. It runs as bulkhead_search, returns keys of the current tenant's rows
only, and asks for the caller's role as the read gate does. The rows themselves are read under row-level security.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.catalog.facts import Column, Entity, SearchIndex
from app.isolation.policies import may_read
from app.isolation.roles import APP, OWNER, SEARCH

SEARCH_VECTOR = "search_vector"

# A tsvector holds 1 MiB, and a text of other words only takes about twice its length.
_SEARCHED_CHARACTERS = 100_000
_WEIGHTS = "ABCD"


@dataclass(frozen=True, slots=True)
class SearchFunction:
    """The search function of an entity.

    signature   as Postgres prints it
    body        the text between its quotes: what a database has must be the same, to the letter
    """

    signature: str
    body: str


def search_vector(entity: Entity) -> str:
    """The expression of the column: the tenant, then the words of each field with its weight.

    The tenant is a word like the others, so that the index itself narrows to it. It begins with a space, which no
    parser leaves in a word: no text and no query can hold it, and no prefix leads to it.
    """
    assert entity.search is not None
    tenant = f"array_to_tsvector(array[' ' || cast({_tenant(entity)} as text)])"
    fields = (_weighed(entity.search, number) for number in range(len(entity.search.columns)))
    return " || ".join([tenant, *fields])


def _weighed(search: SearchIndex, number: int) -> str:
    """The words of a field. There are four weights: from the fourth field on, all weigh least."""
    text = f"coalesce(left({search.columns[number].name}, {_SEARCHED_CHARACTERS}), '')"
    weight = _WEIGHTS[min(number, len(_WEIGHTS) - 1)]
    return f"setweight(to_tsvector('{search.language}', {text}), '{weight}')"


def search_function(entity: Entity) -> SearchFunction:
    """The search function of an entity that has words."""
    assert entity.search is not None
    return SearchFunction(f"app.search_{entity.table}(text,boolean)", _body(entity, entity.search))


def _body(entity: Entity, search: SearchIndex) -> str:
    # MATERIALIZED leaves the planner no other index than that of the words: without values, it took the tenant's for
    # as good and read all rows of the tenant. The tenant is asked twice: as a word, and of each row that is found.
    return f"""
declare
  tenant constant uuid := app.current_tenant();
  words constant tsquery := app.search_query('{search.language}', query, prefix);
begin
  return query
    with found as materialized (
      select t.{_tenant(entity)}, t.{entity.key.name} as key, ts_rank(t.{SEARCH_VECTOR}, words) as rank
      from {entity.sql_name} as t
      where t.{SEARCH_VECTOR} @@ (quote_literal(' ' || tenant::text)::tsquery && words)
    )
    select found.key, found.rank
    from found
    where found.{_tenant(entity)} = tenant
      -- Together with the tenant, an empty query would find everything.
      and numnode(words) > 0
      and {may_read(entity.access)};
end
"""


def searched_columns(entity: Entity) -> list[str]:
    """The columns that the search role may read; of the tenants themselves, the tenant is the key."""
    return list(dict.fromkeys([_tenant(entity), entity.key.name, SEARCH_VECTOR]))


def search_statements(entity: Entity) -> Iterator[str]:
    """What the search role may read of a table, and its function there."""
    if entity.search is None:
        return
    yield f"grant select ({', '.join(searched_columns(entity))}) on {entity.sql_name} to {SEARCH}"
    yield _as_search_role(_create(entity))


def _create(entity: Entity) -> str:
    function = search_function(entity)
    name = function.signature.partition("(")[0]
    return f"""create function {name}(query text, prefix boolean) returns table (id uuid, rank real)
language plpgsql stable strict security definer
set search_path = pg_catalog, pg_temp
as $${function.body}$$;
revoke all on function {function.signature} from public;
grant execute on function {function.signature} to {APP}"""


def _as_search_role(sql: str) -> str:
    """The SQL, run by the search role, in one statement of the owner's.

    The owner is no member of it, or what runs as the owner would cross the floor as well. So the migrating login
    becomes the role itself: a superuser, or a member of both. What it may create ends with the statement.
    """
    steps = (
        f"grant create on schema app to {SEARCH}",
        f"set local role {SEARCH}",
        sql,
        f"set local role {OWNER}",
        f"revoke create on schema app from {SEARCH}",
    )
    return ";\n".join(steps)


def _tenant(entity: Entity) -> str:
    tenant: Column | None = entity.tenant
    assert tenant is not None
    return tenant.name
