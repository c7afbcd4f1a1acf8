"""What the values of a column have to be, beyond their type.

    name: str = column(Length(1, 200))
    email: str = column(EMAIL, unique=True)
    functions: list[str] = column(Items(most=50), Each(Length(1, 100)), default=[])

A rule has two faces. `violations` asks a value in Python, where the answer can say which field of an input is wrong;
`condition` asks the same in a CHECK, which holds whoever writes. They have to agree: tests/db/test_rules.py compares
them on values that are made up. Null is no value, and breaks no rule.

In: a declaration.  Out: violations, and conditions in SQL.
Rejects (at start): bounds that mean nothing, and patterns that Python and Postgres might read differently.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from typing import Any, get_args, get_origin

from app.model.patterns import compiled, sql_literal

MOST_BROKEN = 101
"""Items of a list that are told to break a rule: one more than a caller sees."""

Path = tuple[str | int, ...]
Violations = Sequence[tuple[Path, str]]
"""What is wrong with a value: where in it, and a message for people, which names no value."""


class BrokenRules(ValueError):
    """A value that breaks rules."""

    def __init__(self, violations: Violations) -> None:
        super().__init__(violations[0][1])
        self.violations = violations


class Rule(ABC):
    """What a column's values have to be."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What it takes, for people: `1 to 200 characters`."""

    @abstractmethod
    def holds_for(self, hint: Any) -> bool:
        """Whether a column of that Python type can have the rule."""

    @abstractmethod
    def violations(self, value: Any) -> Violations:
        """How a value breaks it; empty when it does not. JSON comes as text."""

    @abstractmethod
    def condition(self, column: str) -> str:
        """The same as SQL, true or null for what may be there. Stands between ANDs."""

    def of_part(self) -> "Rule | None":
        """What holds for a part that is added to the value: items of a list, members of a JSON object."""
        return None


class ItemRule(Rule):
    """A rule of single values, which `Each` makes one for lists."""

    @abstractmethod
    def accepts(self, value: Any) -> bool:
        """Whether a value keeps it."""

    @abstractmethod
    def condition_of_each(self, column: str) -> str:
        """The rule of every item of a list, as SQL."""

    def violations(self, value: Any) -> Violations:
        return () if self.accepts(value) else (((), self.message),)

    @property
    def message(self) -> str:
        """What is said of a value that breaks it."""
        return f"This takes {self.words}."


@dataclass(frozen=True)
class Length(ItemRule):
    """How many characters a text has: code points of Unicode, whatever their bytes."""

    least: int = 0
    most: int | None = None

    def __post_init__(self) -> None:
        _check_amounts(self.least, self.most)

    @property
    def words(self) -> str:
        return _amount(self.least, self.most, "character")

    def holds_for(self, hint: Any) -> bool:
        return hint is str

    def accepts(self, value: Any) -> bool:
        return self.least <= len(value) and (self.most is None or len(value) <= self.most)

    def condition(self, column: str) -> str:
        return _between(f"char_length({column})", self.least, self.most)

    def condition_of_each(self, column: str) -> str:
        return f"app.each_fits({column}, {self.least}, {_or_null(self.most)}, null)"


@dataclass(frozen=True)
class Pattern(ItemRule):
    """A regular expression that the whole of a text matches, and what such a text is called.

    most    how many characters the text has at most, where the expression does not say
    Raises  ValueError for an expression that Postgres might read differently (patterns.py)
    """

    regex: str
    called: str
    most: int | None = None
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.most is not None:
            _check_amounts(0, self.most)
        object.__setattr__(self, "_compiled", compiled(self.regex))

    @property
    def words(self) -> str:
        return self.called + (f", at most {self.most:,} characters" if self.most is not None else "")

    def holds_for(self, hint: Any) -> bool:
        return hint is str

    def accepts(self, value: Any) -> bool:
        return (self.most is None or len(value) <= self.most) and self._compiled.fullmatch(value) is not None

    def condition(self, column: str) -> str:
        size = "" if self.most is None else f"{_between(f'char_length({column})', 0, self.most)} and "
        return f"{size}{column} ~ {sql_literal(self.regex)}"

    def condition_of_each(self, column: str) -> str:
        return f"app.each_fits({column}, 0, {_or_null(self.most)}, {sql_literal(self.regex)})"


@dataclass(frozen=True)
class Range(ItemRule):
    """From one number to another, both included. Whole bounds for an int, others (`0.0`) for a float.

    What is not a number is in no range; infinity is, on a side without a bound.
    """

    least: int | float | None = None
    most: int | float | None = None

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        if not bounds or len(set(map(type, bounds))) > 1 or not all(map(isfinite, bounds)) or bounds != sorted(bounds):
            raise ValueError(f"{self} is no range")

    @property
    def words(self) -> str:
        if self.most is None:
            return f"a number of {self.least} or more"
        return (
            f"a number of at most {self.most}" if self.least is None else f"a number from {self.least} to {self.most}"
        )

    def holds_for(self, hint: Any) -> bool:
        return hint is type(self.most if self.least is None else self.least)

    def accepts(self, value: Any) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def condition(self, column: str) -> str:
        least, most = self._bounds()
        return " and ".join([f"{column} >= {bound}" for bound in least] + [f"{column} <= {bound}" for bound in most])

    def condition_of_each(self, column: str) -> str:
        least, most = self._bounds()
        return " and ".join([f"{b} <= all ({column})" for b in least] + [f"{b} >= all ({column})" for b in most])

    def _bounds(self) -> tuple[list[str], list[str]]:
        """As SQL. To Postgres, NaN is larger than every number: a float always has a largest."""
        least = [] if self.least is None else [_number(self.least)]
        if self.most is not None:
            return least, [_number(self.most)]
        return least, [_number(float("inf"))] if isinstance(self.least, float) else []


@dataclass(frozen=True)
class Items(Rule):
    """How many items a list has."""

    least: int = 0
    most: int | None = None

    def __post_init__(self) -> None:
        _check_amounts(self.least, self.most)

    @property
    def words(self) -> str:
        return _amount(self.least, self.most, "item")

    def holds_for(self, hint: Any) -> bool:
        return get_origin(hint) is list

    def violations(self, value: Any) -> Violations:
        is_kept = self.least <= len(value) and (self.most is None or len(value) <= self.most)
        return () if is_kept else (((), f"This takes {self.words}."),)

    def condition(self, column: str) -> str:
        return _between(f"cardinality({column})", self.least, self.most)


@dataclass(frozen=True)
class Each(Rule):
    """A rule that every item of a list keeps."""

    rule: ItemRule

    @property
    def words(self) -> str:
        return f"each {self.rule.words}"

    def holds_for(self, hint: Any) -> bool:
        return get_origin(hint) is list and self.rule.holds_for(get_args(hint)[0])

    def violations(self, value: Any) -> Violations:
        accepts = self.rule.accepts
        broken = (n for n, item in enumerate(value) if item is not None and not accepts(item))
        return [((number,), self.rule.message) for number in islice(broken, MOST_BROKEN)]

    def condition(self, column: str) -> str:
        return self.rule.condition_of_each(column)

    def of_part(self) -> Rule:
        return self


def held(value: Any, rules: Iterable[Rule]) -> Any:
    """The value, when it keeps the rules. Raises BrokenRules, with all that is wrong with it."""
    broken: list[tuple[Path, str]] = []
    for rule in rules:
        broken += rule.violations(value)
        if broken and isinstance(value, list):
            break  # a list that is too long may be very long
    if broken:
        raise BrokenRules(broken)
    return value


def in_words(rules: Iterable[Rule]) -> str:
    """What rules take together: `at most 50 items, each 1 to 100 characters`."""
    return ", ".join(rule.words for rule in rules)


def _check_amounts(least: int, most: int | None) -> None:
    if least < 0 or (most is not None and most < max(least, 1)) or (least == 0 and most is None):
        raise ValueError(f"From {least} to {most} says nothing")


def _amount(least: int, most: int | None, unit: str) -> str:
    if most is None:
        return f"{least} {unit}{'s' * (least != 1)} or more"
    count = f"{most:,} {unit}{'s' * (most != 1)}"
    return f"at most {count}" if least == 0 else count if least == most else f"{least} to {count}"


def _between(value: str, least: int, most: int | None) -> str:
    if most is None:
        return f"{value} >= {least}"
    return f"{value} between {least} and {most}" if least else f"{value} <= {most}"


def _or_null(amount: int | None) -> str:
    return "null" if amount is None else str(amount)


def _number(bound: int | float) -> str:
    return str(bound) if isinstance(bound, int) else f"'{bound!r}'::double precision"


_LABEL = "[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*"
_SMALL_LABEL = _LABEL.replace("A-Z", "")

# What HTML takes in <input type=email> (WHATWG, "valid email address"), and RFC 5321's limit of the whole. That a label
# has 63 characters at most is left out: with counts in it, Postgres takes 60 µs for a value, without them 1.3 µs.
EMAIL = Pattern(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*", "an email address", most=254)

# The characters are RFC 3986's: others come escaped, as browsers do it. No user, no password.
URL = Pattern(
    rf"https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:[/?#][a-zA-Z0-9._~:/?#@!$&'()*+,;=%-]*)?",
    "an http or https URL",
    most=2048,
)

SLUG = Pattern("[a-z0-9]+(?:-[a-z0-9]+)*", "lower-case letters and digits with hyphens between them", most=63)
DOMAIN = Pattern(rf"{_SMALL_LABEL}(?:\.{_SMALL_LABEL})+", "a domain name in lower case", most=253)
