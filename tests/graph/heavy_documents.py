"""Documents that are short to write and long to work through, each with the setting that refuses it.

Of no more tokens than are allowed, but for those that are about tokens. bench/refusals.py measures what they cost.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Heavy:
    """A document, and what the reason for its refusal names."""

    query: str
    reason: str


def times(count: int, part: Callable[[int], str]) -> str:
    """Parts with their numbers, side by side."""
    return " ".join(part(number) for number in range(count))


def of_users(selections: str) -> str:
    """Selections on User."""
    return f"{{ users {{ nodes {{ {selections} }} }} }}"


def fragments(count: int, body: Callable[[int], str]) -> str:
    """Fragments F0, F1, … on User, the first of which is spread."""
    return of_users("...F0") + " " + times(count, lambda n: f"fragment F{n} on User {{ {body(n)} }}")


def nested(levels: int, opening: str, closing: str, inner: str = "") -> str:
    """Brackets within each other."""
    return opening * levels + inner + closing * levels


def users_where(value: str) -> str:
    """A condition on users."""
    return f"{{ users(where: {value}) {{ totalCount }} }}"


def user_of_email(value: str) -> str:
    """A user whose email is a literal."""
    return f"{{ user(by: {{email: {value}}}) {{ id }} }}"


CHARACTERS = "BULKHEAD_MAX_DOCUMENT_CHARACTERS"
TOKENS = "BULKHEAD_MAX_TOKENS"
NESTING = "BULKHEAD_MAX_NESTING"
DEFINITIONS = "BULKHEAD_MAX_DEFINITIONS"
ALIASES = "BULKHEAD_MAX_ALIASES"
ROOT_FIELDS = "BULKHEAD_MAX_ROOT_FIELDS"
DIRECTIVES = "BULKHEAD_MAX_DIRECTIVES"
SELECTIONS = "BULKHEAD_MAX_SELECTIONS"
PAIRS = "BULKHEAD_MAX_FIELD_PAIRS"
CYCLE = "spreads itself"

_SIXTY = times(60, lambda n: f"...F{n}")
_TENANTS = times(95, lambda n: f"a{n}: tenant {{ ...T }}")
_USERS = "users { nodes { id email name role createdAt tenant { id name slug domain } } }"

HEAVY = {
    # names and aliases
    "10,000 aliases": Heavy(of_users(times(10_000, lambda n: f"a{n}: id")), TOKENS),
    "3,300 aliases": Heavy(of_users(times(3_300, lambda n: f"a{n}: id")), ALIASES),
    "3,300 aliases at the root": Heavy(f"{{ {times(3_300, lambda n: f'a{n}: __typename')} }}", ALIASES),
    "1,600 aliases of introspection": Heavy(
        f"{{ __schema {{ {times(1_600, lambda n: f'a{n}: types {{ name }}')} }} }}", ALIASES
    ),
    "1,000 root fields": Heavy(f"{{ {times(1_000, lambda n: f'users(first: {n}) {{ totalCount }}')} }}", ROOT_FIELDS),
    # the same place
    "9,900 times the same field": Heavy(of_users("id " * 9_900), SELECTIONS),
    "4,500 times the same field": Heavy(of_users("id " * 4_500), PAIRS),
    "2,400 times the same edge": Heavy(of_users("tenant { id } " * 2_400), PAIRS),
    "700 arguments that contradict": Heavy(
        of_users(times(700, lambda n: f"connections(first: {n}) {{ nodes {{ id }} }}")), PAIRS
    ),
    "2,400 inline fragments": Heavy(of_users("... { id } " * 2_400), PAIRS),
    "1,600 inline fragments with a type": Heavy(of_users("... on User { id } " * 1_600), PAIRS),
    "1,600 inline fragments of no type": Heavy(of_users(times(1_600, lambda n: f"... on User{n} {{ id }}")), PAIRS),
    "4,900 spreads of one fragment": Heavy(of_users("...F " * 4_900) + "fragment F on User { id }", SELECTIONS),
    "2,400 spreads of one fragment": Heavy(of_users("...F " * 2_400) + "fragment F on User { id }", PAIRS),
    # fragments
    "900 fragments that double": Heavy(fragments(900, lambda n: f"...F{n + 1} ...F{n + 1}"), DEFINITIONS),
    "45 fragments that double": Heavy(fragments(45, lambda n: f"id ...F{n + 1} ...F{n + 1}"), SELECTIONS),
    "15 fragments that double, levels apart": Heavy(
        fragments(15, lambda n: f"a: tenant {{ ...T{n} }} b: tenant {{ ...T{n} }}")
        + times(15, lambda n: f"fragment T{n} on Tenant {{ users {{ nodes {{ ...F{n + 1} }} }} }}"),
        NESTING,
    ),
    "45 fragments that spread all after them": Heavy(
        fragments(45, lambda n: "id " + times(44 - n, lambda m: f"...F{n + 1 + m}")), SELECTIONS
    ),
    "95 aliases of a fragment of 60 fields": Heavy(
        f"{of_users(_TENANTS)} fragment T on Tenant {{ {times(5, lambda n: _USERS)} {'id name slug ' * 20} }}",
        SELECTIONS,
    ),
    "chain of 1,200 fragments": Heavy(fragments(1_200, lambda n: f"...F{n + 1}"), DEFINITIONS),
    "chain of 190 fragments": Heavy(fragments(190, lambda n: f"id ...F{n + 1}"), NESTING),
    "1,200 fragments that nobody spreads": Heavy(fragments(1_200, lambda n: "id"), DEFINITIONS),
    # cycles
    "fragment in itself": Heavy(fragments(1, lambda n: "...F0"), CYCLE),
    "cycle of 190 fragments": Heavy(fragments(190, lambda n: f"id ...F{(n + 1) % 190}"), CYCLE),
    "cycle of 1,200 fragments": Heavy(fragments(1_200, lambda n: f"...F{(n + 1) % 1_200}"), DEFINITIONS),
    "190 fragments in themselves": Heavy(fragments(190, lambda n: f"...F{n}"), CYCLE),
    "60 fragments, each in all": Heavy(fragments(60, lambda n: _SIXTY), CYCLE),
    # brackets
    "3,000 levels of fields": Heavy(nested(3_000, "{ a ", "}"), NESTING),
    "180 levels of fields": Heavy(of_users(nested(60, "tenant { users { nodes { ", "} } } ")), NESTING),
    "4,900 levels of lists": Heavy(users_where(nested(4_900, "[", "]")), NESTING),
    "4,900 levels of lists that do not end": Heavy("{ users(where: " + "[" * 4_900, NESTING),
    "2,400 levels of objects": Heavy(users_where(nested(2_400, "{not: ", "}", "{}")), NESTING),
    "180 levels of objects": Heavy(users_where(nested(180, "{not: ", "}", "{}")), NESTING),
    "40 levels of introspection": Heavy(f"{{ __schema {{ types {nested(40, '{ fields { type ', '} }')} }} }}", NESTING),
    "150 levels of types": Heavy(
        f"{{ __schema {{ types {{ fields {{ type {nested(150, '{ ofType ', '}')} }} }} }} }}", NESTING
    ),
    # many of a kind
    "1,900 operations": Heavy(times(1_900, lambda n: f"query Q{n} {{ __typename }}"), DEFINITIONS),
    "4,900 directives of one field": Heavy(
        f"{{ users {{ totalCount {times(4_900, lambda n: f'@a{n}')} }} }}", DIRECTIVES
    ),
    "1,200 times the same directive": Heavy(
        f"{{ users {{ totalCount {'@include(if: true) ' * 1_200} }} }}", DIRECTIVES
    ),
    # length
    "a string of a million characters": Heavy(user_of_email('"' + "a" * 1_000_000 + '"'), CHARACTERS),
    "a string of 170,000 escapes": Heavy(user_of_email('"' + "\\u0061" * 170_000 + '"'), CHARACTERS),
    "a block string of 500,000 lines": Heavy(user_of_email('"""' + "a\n" * 500_000 + '"""'), CHARACTERS),
    "a number of a million digits": Heavy(f"{{ users(first: {'1' * 1_000_000}) {{ totalCount }} }}", CHARACTERS),
    "a name of a million letters": Heavy(f"{{ {'a' * 1_000_000} }}", CHARACTERS),
    "a comment of a million characters": Heavy(f"#{'a' * 1_000_000}\n{{ __typename }}", CHARACTERS),
    "500,000 comments": Heavy("#\n" * 500_000 + "{ __typename }", CHARACTERS),
    "40,000 comments": Heavy("#\n" * 40_000 + "{ __typename }", TOKENS),
    "a million blanks": Heavy(" " * 1_000_000 + "{ __typename }", CHARACTERS),
}
"""By what they are made of."""
