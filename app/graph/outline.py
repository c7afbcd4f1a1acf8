"""Outlines documents: what a text asks for, told from its tokens alone.

In: the text of a document.  Out: its tokens, and an Outline of them.  Rejects: nothing.  Never: the schema, values.

Parsing takes some 6 µs a token and validating 20; an outline takes less than 1 (`python -m bench.refusals`). So limits
are held against it (limits.py) before graphql-core sees the document. Of a text that parses it is exact. Of one that
does not, it is so up to where the parser stops; nobody reads further.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_IGNORED = " \t\r\n,\ufeff"
# Source: GraphQL specification, "Lexical Tokens". What is none of them is one character long; the parser refuses it.
# Possessive throughout, and a string's end may be missing: no character is looked at twice.
_TOKEN = re.compile(
    rf'''[{_IGNORED}]*+(
        \#[^\r\n]*+
      | """(?:[^"\\]++|\\(?:""")?+|"(?!""))*+(?:""")?
      | "(?:[^"\\\r\n]++|\\.)*+"?
      | [_A-Za-z][_A-Za-z0-9]*+
      | -?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?
      | \.\.\.
      | [^{_IGNORED}]
    )''',
    re.VERBOSE,
)
_EXECUTABLE = ("query", "mutation", "subscription", "fragment")
_TYPE_CONDITION = "... on"  # what stands before the type of a fragment; no token is spelled so


@dataclass(slots=True)
class Field:
    """A selected field: its response key, and what is selected of it."""

    key: str
    selections: "Selections" = ()


Selections = list[Field | str] | tuple[()]
"""Fields, and names of fragments that are spread; inline fragments are part of what they stand in."""


@dataclass(slots=True, eq=False)
class Definition:
    """An operation, or a fragment; what it spreads is not written out.

    fragment   its name; None for an operation
    spreads    names of fragments, each with the brackets that are open around it
    size       selections of any kind, inline fragments among them
    nesting    brackets within each other
    """

    fragment: str | None
    selections: list[Field | str] = field(default_factory=list)
    spreads: list[tuple[str, int]] = field(default_factory=list)
    size: int = 0
    nesting: int = 0


@dataclass(slots=True)
class Outline:
    """What a document asks for.

    nesting        brackets of any kind within each other, values included
    is_executable  whether braces stand behind operations and fragments only; what has none may hide what follows it
    """

    definitions: list[Definition] = field(default_factory=list)
    aliases: int = 0
    nesting: int = 0
    is_executable: bool = True


def split_tokens(text: str) -> list[str]:
    """The tokens of a document, comments included."""
    # Without its end, every run of ignored characters is followed by a token: no run is looked through twice.
    return _TOKEN.findall(text.rstrip(_IGNORED))


def outline_tokens(tokens: Iterable[str]) -> Outline:
    """The outline of a document."""
    outliner = _Outliner()
    for token in tokens:
        if token[0] != "#":
            outliner.take(token)
    return outliner.outline


class _Outliner:
    """Takes one token after the other. Braces outside parentheses are selections; all else inside is values."""

    def __init__(self) -> None:
        self.outline = Outline()
        self._open = 0
        self._parentheses = 0
        self._header: list[str] = []
        self._sets: list[list[Field | str]] = []
        self._before = ""
        self._is_inline = False

    def take(self, lexeme: str) -> None:
        """The next token."""
        before, self._before = self._before, lexeme
        if lexeme in ("{", "(", "["):
            self._opens(lexeme)
        elif lexeme in ("}", ")", "]"):
            self._closes(lexeme)
        elif self._parentheses:
            return
        elif self._sets:
            self._selects(lexeme, before)
        else:
            self._header.append(lexeme)

    def _opens(self, lexeme: str) -> None:
        self._open += 1
        self.outline.nesting = max(self.outline.nesting, self._open)
        if lexeme == "(":
            self._parentheses += 1
        elif lexeme == "{" and not self._parentheses:
            self._sets.append(self._selection_set())
            definition = self.outline.definitions[-1]
            definition.nesting = max(definition.nesting, self._open)

    def _selection_set(self) -> list[Field | str]:
        """Where the selections between the braces that now open belong."""
        if not self._sets:
            return self._definition().selections
        around = self._sets[-1]
        if self._is_inline or not around or not isinstance(around[-1], Field):
            return around
        inner: list[Field | str] = []
        around[-1].selections = inner
        return inner

    def _definition(self) -> Definition:
        """The definition whose selections begin. A description may stand before it."""
        words = [word for word in self._header if word[0] != '"']
        self._header.clear()
        self.outline.is_executable &= not words or words[0] in _EXECUTABLE
        definition = Definition(words[1] if len(words) > 1 and words[0] == "fragment" else None)
        self.outline.definitions.append(definition)
        return definition

    def _closes(self, lexeme: str) -> None:
        self._open -= 1
        if lexeme == ")":
            self._parentheses -= 1
        elif lexeme == "}" and not self._parentheses and self._sets:
            self._sets.pop()

    def _selects(self, lexeme: str, before: str) -> None:
        """A token within selections: part of a field, a spread or an inline fragment."""
        definition = self.outline.definitions[-1]
        if lexeme == "...":
            self._is_inline = True
            definition.size += 1
        elif lexeme == ":":
            self.outline.aliases += 1
        elif before == "..." and lexeme == "on":
            self._before = _TYPE_CONDITION
        elif before == "..." and lexeme != "@":
            definition.spreads.append((lexeme, self._open))
            self._sets[-1].append(lexeme)
        elif lexeme != "@" and before not in ("@", ":", _TYPE_CONDITION):
            self._is_inline = False
            definition.size += 1
            self._sets[-1].append(Field(lexeme))
