"""Limits on documents: what is refused before it is parsed, with which reason, and what passes."""

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pytest
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Lexer,
    Node,
    Source,
    TokenKind,
    Visitor,
    get_introspection_query,
    parse,
    visit,
)

from app.catalog import Catalog
from app.errors import QueryTooComplex
from app.graph import documents as graph_documents
from app.graph.limits import check_document
from app.graph.outline import outline_tokens, split_tokens
from app.plan.planning import Limits
from app.server import limits as limits_of
from app.settings import Settings
from tests.conftest import World, open_world
from tests.graph.heavy_documents import CYCLE, HEAVY, Heavy, fragments, of_users, times
from tests.offline import compiled, offline_engine

# One document for each limit: with the limit as it is here it passes, with one less it does not.
AT_THE_LIMIT = {
    "max_document_characters": (14, "{ __typename }"),
    "max_tokens": (5, "{ __typename } # and\n# comments"),
    "max_nesting": (6, "{ users(where: {or: [{not: {}}]}) { totalCount } }"),
    "max_definitions": (3, "query A { ...F } query B { ...F } fragment F on Query { __typename }"),
    "max_aliases": (3, "{ a: __typename ... { b: __typename } ...F } fragment F on Query { c: __typename }"),
    "max_root_fields": (4, "{ a ... { b ... on Query { c { x y z } } } ...F } fragment F on Query { d { x y } }"),
    "max_directives": (2, "query @a { users(first: $b) { totalCount @c } }"),
    "max_selections": (7, "{ a { ...F } b { ...F } c } fragment F on A { x }"),
    "max_field_pairs": (4, "{ a { id } a { id } a { x } }"),
}

REAL_CLIENTS = {
    "GraphiQL": get_introspection_query(
        descriptions=True, input_value_deprecation=True, directive_is_repeatable=True, schema_description=True
    ),
    "50 operations and 60 fragments": " ".join(
        [
            times(
                50,
                lambda n: (
                    f"query Users{n}($first: Int!, $after: Cursor, $where: UserWhere, $short: Boolean!) {{ "
                    "users(first: $first, after: $after, where: $where, orderBy: [{email: ASC}]) { totalCount "
                    "pageInfo { hasNextPage endCursor } "
                    f"nodes {{ ...User{n} ...User{50 + n % 7} @skip(if: $short) }} }} }}"
                ),
            ),
            times(
                57,
                lambda n: (
                    f"fragment User{n} on User {{ id email name role createdAt updatedAt tenant {{ ...Tenant }} "
                    "connections(first: 5) { totalCount nodes { ...Connection } } }"
                ),
            ),
            "fragment Tenant on Tenant { id name slug createdAt updatedAt }",
            "fragment Connection on Connection { id provider status user { id email } syncJobs { nodes { ...Job } } }",
            "fragment Job on SyncJob { id status recordsProcessed startedAt createdAt }",
        ]
    ),
}

ODD = {
    "brackets in strings": '{ user(by: {email: "}}{ a: b ... \\" #"}) { id } }',
    "brackets in comments": "{ # } a: b { ...F\n users { totalCount # ) \r } }",
    "block strings": '{ user(by: {email: """ } \\""" " "" { """}) { id } }',
    "empty strings": '{ user(by: {email: ""}) { id } b: user(by: {email: """"""}) { id } }',
    "descriptions": '"of { it" query A { x } """ fragment G on { """ fragment F on Query { y }',
    "keywords as names": "{ on fragment query { on: fragment on ... on on { on } ... fragment } } "
    "fragment fragment on on { on }",
    "values of all kinds": "{ a(x: {b: [1, -2.5e+3, {c: $d}], e: F, g: null}) { h } } ",
    "numbers side by side": "{ a(x: [1-2-3 4.5-6 7e8-9]) }",
    "variables with defaults": "query Q($a: [A!]! = [{b: {c: 1}}] @d(e: {f: 1}), $g: H) @i(j: {k: 1}) { l }",
    "directives everywhere": "query @a { ...F @b(c: {d: 1}) ... @e { f @g(h: 1) { i } } ... on J @k { l: m @n } } "
    "fragment F on O @p { q }",
    "inline fragments in each other": "{ ... { ... on A { a { b } } c } d { ... { e { f } } } }",
    "nothing between braces": "{ a { } ... { } }",
    "commas and marks": "\ufeff{,,a,,b:\tc\r\n,}",
}


@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY.keys())
async def test_document_that_asks_for_much_is_refused_for_what_it_asks(heavy: Heavy, world: World) -> None:
    answer = await world.answer(heavy.query)
    (error,) = answer["errors"]
    assert answer["data"] is None
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    assert heavy.reason in error["message"]


async def test_reason_says_what_is_allowed_by_which_setting_and_what_was_asked(world: World) -> None:
    answer = await world.answer(of_users(times(340, lambda n: f"a{n}: id")))
    assert answer["errors"][0]["message"] == "100 aliases at most (BULKHEAD_MAX_ALIASES); this document has 340."


def test_reason_has_no_number_of_hundreds_of_digits() -> None:
    with pytest.raises(QueryTooComplex, match="this document has more than a billion"):
        check_document(fragments(190, lambda n: f"...F{n + 1} ...F{n + 1}"), Limits(max_nesting=1_000))


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_what_a_limit_allows_passes_and_one_more_does_not(name: str) -> None:
    allowed, query = AT_THE_LIMIT[name]
    check_document(query, replace(Limits(), **{name: allowed}))
    setting = f"BULKHEAD_{name.upper()}"
    with pytest.raises(
        QueryTooComplex, match=rf"^{allowed - 1} .* at most \({setting}\); this document has {allowed}\.$"
    ):
        check_document(query, replace(Limits(), **{name: allowed - 1}))


async def test_limits_of_the_gateway_are_those_it_was_given(world: World, catalog: Catalog) -> None:
    strict = await open_world(world.database, catalog, Limits(max_aliases=1))
    try:
        assert await strict.data("{ a: __typename }") == {"a": "Query"}
        assert await strict.code("{ a: __typename b: __typename }") == "QUERY_TOO_COMPLEX"
    finally:
        await strict.pool.close()


def test_every_limit_with_a_setting_comes_from_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    names = [field.name for field in fields(Limits) if field.name in Settings.model_fields]
    assert set(AT_THE_LIMIT) < set(names)
    for number, name in enumerate(names, 10):
        monkeypatch.setenv(f"BULKHEAD_{name.upper()}", str(number))
    found = limits_of(Settings())
    assert [getattr(found, name) for name in names] == list(range(10, 10 + len(names)))


def test_settings_and_limits_have_the_same_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert limits_of(Settings()) == Limits()


@pytest.mark.parametrize("query", REAL_CLIENTS.values(), ids=REAL_CLIENTS.keys())
async def test_documents_of_real_clients_are_answered(query: str, world: World) -> None:
    answer = await world.answer(query, {"first": 1, "short": False}, name=None if "schema" in query else "Users7")
    assert "errors" not in answer
    assert answer["data"]


@pytest.mark.parametrize(
    "query",
    [
        "{ users { nodes { ...F } } } fragment F on User { tenant { ...G } } "
        "fragment G on Tenant { users { nodes { ...F } } }",
        "{ __typename } fragment F on User { ...F }",
        "{ __typename } fragment F on User { ... { ...G } } fragment G on User { ...F }",
    ],
    ids=["through edges", "spread nowhere", "through inline fragments"],
)
async def test_fragment_that_spreads_itself_is_refused(query: str, world: World) -> None:
    answer = await world.answer(query)
    assert answer["errors"] == [
        {
            "message": f"The fragment F {CYCLE}, directly or through others.",
            "extensions": {"code": "QUERY_TOO_COMPLEX"},
        }
    ]


def test_nesting_goes_on_in_fragments() -> None:
    query = "{ a { ...F } } fragment F on A { b { ...G } } fragment G on B { c { d } }"
    check_document(query, Limits(max_nesting=6))
    with pytest.raises(QueryTooComplex, match="this document has 6"):
        check_document(query, Limits(max_nesting=5))


def test_fields_of_one_name_and_spreads_are_pairs_only_in_one_place() -> None:
    check_document("{ a { id } b { id } c: a { ...F } d { ...F } } fragment F on A { id }", Limits(max_field_pairs=0))
    spreads = "{ ...F ...G } fragment F on Query { a } fragment G on Query { b }"
    for same in (spreads, "{ a { id } ...F } fragment F on Query { a { x } }", "{ a a }", "{ ... { a } ... { a } }"):
        with pytest.raises(QueryTooComplex, match="BULKHEAD_MAX_FIELD_PAIRS"):
            check_document(same, Limits(max_field_pairs=0))


def test_fragment_that_is_there_twice_counts_as_often() -> None:
    """graphql-core takes the last; the first is compared all the same."""
    with pytest.raises(QueryTooComplex, match="this document has 11"):
        check_document(
            f"{{ ...F }} fragment F on Query {{ {'a ' * 9} }} fragment F on Query {{ a }}", Limits(max_selections=10)
        )


async def test_document_is_refused_before_it_is_parsed(world: World) -> None:
    assert await world.code("{ " + times(200, lambda n: f"a{n}: id")) == "QUERY_TOO_COMPLEX"
    assert await world.code("{ " + times(20, lambda n: f"a{n}: id")) == "BAD_USER_INPUT"


async def test_document_that_is_kept_is_not_checked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "{ users { totalCount } once: __typename }"
    first = await world.data(query)
    checked: list[str] = []
    monkeypatch.setattr(graph_documents, "check_document", lambda text, _: checked.append(text))
    assert await world.data(query) == first
    assert not checked
    await world.data(query + " # anew")
    assert checked == [query + " # anew"]


def test_explained_documents_have_the_same_limits(catalog: Catalog) -> None:
    with pytest.raises(QueryTooComplex, match="BULKHEAD_MAX_ALIASES"):
        compiled(offline_engine(catalog), of_users(times(101, lambda n: f"a{n}: id")))


@pytest.mark.parametrize("query", [*ODD.values(), *REAL_CLIENTS.values()], ids=[*ODD, *REAL_CLIENTS])
def test_outline_tells_what_the_parser_would(query: str) -> None:
    assert split_tokens(query) == _lexed(query)
    outline = outline_tokens(split_tokens(query))
    parsed = _Counting(parse(query))
    assert [definition.fragment for definition in outline.definitions] == parsed.fragments
    assert [definition.size for definition in outline.definitions] == parsed.sizes
    assert Counter(name for d in outline.definitions for name, _ in d.spreads) == Counter(parsed.spreads)
    assert outline.aliases == parsed.aliases
    assert split_tokens(query).count("@") == parsed.directives


def _lexed(query: str) -> list[str]:
    """The tokens as graphql-core reads them."""
    lexer = Lexer(Source(query))
    found = []
    token = lexer.token
    while (token := lexer.read_next_token(token.end)).kind is not TokenKind.EOF:
        found.append(query[token.start : token.end])
    return found


class _Counting(Visitor):
    """Counts in a parsed document what an outline tells of its text."""

    def __init__(self, document: DocumentNode) -> None:
        super().__init__()
        self.fragments: list[str | None] = []
        self.sizes: list[int] = []
        self.spreads: list[str] = []
        self.aliases = self.directives = 0
        visit(document, self)

    def enter(self, node: Node, *_: object) -> None:
        """Called for every node."""
        match node:
            case FragmentDefinitionNode():
                self._define(node.name.value)
            case FieldNode():
                self.sizes[-1] += 1
                self.aliases += node.alias is not None
            case InlineFragmentNode():
                self.sizes[-1] += 1
            case FragmentSpreadNode():
                self.sizes[-1] += 1
                self.spreads.append(node.name.value)
            case DirectiveNode():
                self.directives += 1
            case _ if node.kind == "operation_definition":
                self._define(None)

    def _define(self, fragment: str | None) -> None:
        self.fragments.append(fragment)
        self.sizes.append(0)


async def test_what_stands_before_a_fragment_does_not_hide_it(world: World) -> None:
    inner = "nodes { connections { nodes { id } } } " * 3
    hidden = " ".join(f"scalar S{i} fragment F{i} on UserConnection {{ {inner} }}" for i in range(5))
    assert await world.code("{ users { ...F0 ...F1 ...F2 ...F3 ...F4 } } " + hidden) == "BAD_USER_INPUT"


async def test_conditions_that_are_written_out_too_often_are_refused(world: World) -> None:
    totals = " ".join(f"t{i}: totalCount" for i in range(60))
    query = f"query ($w: UserWhere) {{ users(where: $w) {{ {totals} }} }}"
    where = {"and": [{"email": {"ne": f"a{i}"}} for i in range(600)]}
    assert await world.code(query, {"w": where}) == "QUERY_TOO_COMPLEX"
    assert await world.code(f"{{ users(orderBy: [{'{email: ASC} ' * 11}]) {{ totalCount }} }}") == "QUERY_TOO_COMPLEX"
