"""The two faces of a rule agree: what Python takes, the CHECK takes, and what one refuses, the other does too."""

import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.model import DOMAIN, EMAIL, SLUG, URL, Each, Items, Length, Pattern, Range, Shape
from app.model.rules import Rule
from tests.conftest import TestDatabase
from tests.db.gateways import Superuser
from tests.library.tables import Cover, Layout

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(CHARACTERS | st.sampled_from("aZ0-_.@:/ \n\r\u0301\u0660😀"), max_size=12)


def patterns(*rules: Pattern) -> dict[str, tuple[str, Rule, st.SearchStrategy[Any]]]:
    """Patterns with texts that match them, that nearly do, and others."""
    return {rule.called: ("text", rule, near(rule)) for rule in rules}


def near(rule: Pattern) -> st.SearchStrategy[str]:
    """Texts that match, and the same with something before, behind or within."""
    matching = st.from_regex(re.compile(rule.regex, re.DOTALL), fullmatch=True, alphabet=CHARACTERS)
    odd = st.sampled_from(["", "\n", " ", "é", "٣", "A", "-", ".", "\r\n", "ſ", "İ"])
    broken = st.tuples(matching, odd, st.integers(0, 20)).map(lambda t: t[0][: t[2]] + t[1] + t[0][t[2] :])
    return matching | broken | TEXTS


def numbers(kind: type) -> st.SearchStrategy[Any]:
    if kind is int:
        return st.integers(-8, 8) | st.integers(-(2**31), 2**31 - 1)
    return st.floats() | st.sampled_from([0.0, -0.0, 0.5, 0.1 + 0.2, 0.3, float("nan"), float("inf"), float("-inf")])


def lists(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.none() | items, max_size=4)


RULES: dict[str, tuple[str, Rule, st.SearchStrategy[Any]]] = {
    "length": ("text", Length(2, 4), TEXTS),
    "length without an end": ("text", Length(3), TEXTS),
    "whole numbers": ("integer", Range(-3, 5), numbers(int)),
    "whole numbers from": ("integer", Range(2), numbers(int)),
    "numbers": ("double precision", Range(0.1, 0.3), numbers(float)),
    "numbers from": ("double precision", Range(0.0), numbers(float)),
    "numbers to": ("double precision", Range(most=0.5), numbers(float)),
    "items": ("text[]", Items(1, 3), lists(TEXTS)),
    "length of each": ("text[]", Each(Length(1, 3)), lists(TEXTS)),
    "pattern of each": ("text[]", Each(SLUG), lists(near(SLUG))),
    "number of each": ("double precision[]", Each(Range(0.0)), lists(numbers(float))),
    **patterns(
        EMAIL,
        URL,
        SLUG,
        DOMAIN,
        Pattern(r".{2,3}", "two or three characters"),
        Pattern(r"[^a-z]+", "no small letters"),
        Pattern(r"(?:a|bc)*d?\.[x\-\]]{0,2}|[A-z]\\", "whatever"),
        Pattern(r"[a-zA-Z0-9]{3}", "three letters or digits", most=5),
    ),
}


@pytest.fixture(scope="module")
async def session(template: TestDatabase) -> AsyncIterator[Superuser]:
    """A connection that writes nothing, so to the database that all others are copied from."""
    connection = await template.superuser()
    await connection.execute("set default_transaction_read_only = on")
    yield connection
    await connection.close()


async def takes(session: Superuser, type_: str, rule: Rule, values: list[Any]) -> list[bool]:
    """Which of the values Postgres takes. A CHECK takes what it is not sure of, too."""
    rows = orjson.dumps([{"n": n, "value": _as_json(value)} for n, value in enumerate(values)]).decode()
    query = f"""select coalesce({rule.condition("value")}, true)
      from json_to_recordset($1::json) as r(n integer, value {type_}) order by n"""
    return [row[0] for row in await session.fetch(query, rows)]


def _as_json(value: Any) -> Any:
    """Numbers that JSON does not have go as text, which Postgres reads."""
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return repr(value) if isinstance(value, float) else value


@pytest.mark.parametrize("name", RULES)
@settings(
    max_examples=10,
    phases=[Phase.generate],  # what fails says which values disagree: nothing needs to be made smaller
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_python_and_postgres_take_the_same(session: Superuser, name: str, data: st.DataObject) -> None:
    type_, rule, made = RULES[name]
    values = data.draw(st.lists(made, min_size=1, max_size=20))
    by_python = [not rule.violations(value) for value in values]
    by_postgres = await takes(session, type_, rule, values)
    apart = [v for v, ours, theirs in zip(values, by_python, by_postgres, strict=True) if ours is not theirs]
    assert not apart


LAYOUT = Shape(Layout)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "columns": st.integers(-1, 3) | st.sampled_from([1.5, "1", None, True]),
        "cover": st.none()
        | st.integers(0, 1)
        | st.fixed_dictionaries({}, optional={"url": st.just("x") | st.none(), "alt": st.none() | st.just("")}),
        "paragraphs": st.just([]) | st.just([{"text": "x"}]) | st.just({}) | st.just([1]),
        "other": st.just(1),
    },
)


@settings(max_examples=15, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(SHAPED | st.sampled_from([1, "x", [], True]), min_size=1, max_size=30))
async def test_json_that_python_takes_postgres_takes(session: Superuser, values: list[Any]) -> None:
    fitting = [value for value in values if not told(LAYOUT, value)]
    assert all(await takes(session, "jsonb", LAYOUT, fitting))


async def test_json_that_is_no_such_object_is_refused_by_both_and_python_says_where(session: Superuser) -> None:
    wrong: list[tuple[Any, list[str]]] = [
        ([], [""]),
        (1, [""]),
        ({}, ["columns"]),
        ({"columns": "1"}, ["columns"]),
        ({"columns": None, "other": 1}, ["columns", "other"]),
        ({"columns": 1, "cover": []}, ["cover"]),
        ({"columns": 1, "cover": {"alt": 1, "more": 2}}, ["cover.alt", "cover.more", "cover.url"]),
        ({"columns": 1, "paragraphs": {}}, ["paragraphs"]),
    ]
    assert [sorted(told(LAYOUT, value)) for value, _ in wrong] == [paths for _, paths in wrong]
    assert not any(await takes(session, "jsonb", LAYOUT, [value for value, _ in wrong]))


def test_what_only_python_knows_of_json_it_refuses() -> None:
    assert told(LAYOUT, {"columns": 1.5, "paragraphs": [{"text": "x"}, {"text": "x", "x": 1}]}) == [
        "columns",
        "paragraphs.1.x",
    ]
    (message,) = [m for _, m in LAYOUT.violations(orjson.dumps({"columns": 1, "paragraphs": [1] * 1_000}).decode())]
    assert message.endswith("; 1,000 things are wrong with it.")


def test_members_that_are_merged_may_be_some_of_those_it_needs() -> None:
    part = LAYOUT.of_part()
    assert part is not None
    assert told(part, {"cover": {"alt": "x"}, "more": 1}) == ["cover.url", "more"]
    assert told(part, {}) == []
    assert Shape(Layout | Cover).of_part() is None


def told(rule: Rule, value: Any) -> list[str]:
    """Where a value breaks a rule."""
    return [".".join(map(str, path)) for path, _ in rule.violations(orjson.dumps(value).decode())]


# --- what a pattern may say ---


@pytest.mark.parametrize(
    "regex",
    [
        "^a", "a$", r"\d", r"\w+", r"\s", r"\bx", r"\Aa", r"(a)\1", "(?=a)", "(?!a)a", "(?i)a", "(?P<n>a)", "a+?",
        "a++", "a**", "a{256}", "a{2,1}", "a{,2}", "a{1000}", "[[:alpha:]]", r"[\d]", "[^]", "[]", "[]a]", "[a",
        "[z-a]", "é", "[é]", "a\n", "***=a", "a|", "|a", "(|a)", "()", "(a", "a)", "*a", "a{", "a}", "", r"\x41",
        "[+--]",
    ],
)  # fmt: skip
def test_pattern_that_both_might_read_differently_is_refused(regex: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever way it says so
        Pattern(regex, "whatever")


@pytest.mark.parametrize("bounds", [{}, {"least": 3, "most": 2}, {"least": -1}, {"most": 0}])
def test_amounts_that_mean_nothing_are_refused(bounds: dict[str, int]) -> None:
    for make in (Length, Items):
        with pytest.raises(ValueError, match="says nothing"):
            make(**bounds)


@pytest.mark.parametrize("bounds", [(), (2, 1), (0, 1.0), (float("nan"),), (None, float("inf"))])
def test_ranges_that_mean_nothing_are_refused(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="is no range"):
        Range(*bounds)
