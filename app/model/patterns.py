"""Regular expressions that Python and Postgres read alike.

In: a regular expression, which is to match a whole text.  Out: Python's, compiled; and Postgres's.
Rejects (at start): whatever the two dialects read differently, or by locale: anchors, \\d \\w \\s and their like, back
references, look-around, flags, lazy and possessive quantifiers, counts beyond 255.

What is left is characters of ASCII, classes of them, groups, alternatives and quantifiers. `.` is any character, a line
break too; ranges go by code point. Both hold in Postgres by default, and in Python with DOTALL.
"""

import re

_MOST_REPEATS = 255  # Postgres's DUPMAX

_TOKEN = re.compile(
    r"""
    (?P<open> \( (?:\?:)? )
  | (?P<close> \) )
  | (?P<bar> \| )
  | (?P<quantifier> [*+?] | \{ (?P<least>[0-9]{1,3}) (?: , (?P<most>[0-9]{1,3})? )? \} )
  | (?P<atom>
      [ !"#%&',/0-9:;<=>@A-Z_`a-z~-]             # stands for itself
    | \.
    | \\ [!-/:-@\[-`{-~]                         # a punctuation mark, made plain
    | \[ (?: \^ | (?!\^) ) (?: [0-9A-Za-z]-[0-9A-Za-z] | \\[!-/:-@\[-`{-~] | [ !-,./0-Z^_`a-z{-~] )+ -? \]
    )
    """,
    re.VERBOSE,
)


def compiled(regex: str) -> re.Pattern[str]:
    """The expression for `fullmatch`. Raises ValueError for one that Postgres might read differently."""
    place, before = 0, "bar"
    while place < len(regex):
        token = _TOKEN.match(regex, place)
        if token is None:
            raise ValueError(f"Python and Postgres may not read {regex!r} alike, from {regex[place:]!r} on")
        kind = str(token.lastgroup)
        is_misplaced = kind in ("quantifier", "bar", "close") and before in ("open", "bar")
        if is_misplaced or (kind == before == "quantifier") or _repeats_too_often(token):
            raise ValueError(f"{token[0]!r} cannot stand where it does in {regex!r}")
        place, before = token.end(), kind
    if before in ("open", "bar"):
        raise ValueError(f"{regex!r} ends too early")
    try:
        return re.compile(regex, re.DOTALL)
    except re.error as exc:
        raise ValueError(f"{regex!r} is no regular expression: {exc}") from exc


def sql_literal(regex: str) -> str:
    """The expression for Postgres's `~`, as an SQL literal. Where nothing else is said, `$` is the very end there."""
    return "'^(?:" + regex.replace("'", "''") + ")$'"


def _repeats_too_often(token: re.Match[str]) -> bool:
    return any(int(token[count] or 0) > _MOST_REPEATS for count in ("least", "most"))
