"""Refuses documents that ask for too much, before they are parsed.

In: the text of a document, and Limits.  Out: nothing.
Rejects: characters, tokens, nesting, definitions, aliases, root fields and selections beyond the limits; fragments
that spread themselves; fields that stand too often in the same place.

Fragments are followed, but not written out: what one comes to is worked out once. Only then, and within the limit on
selections, are they gone through place by place, for what graphql-core would compare: every field with every other of
its place and name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.errors import BadUserInput, QueryTooComplex
from app.graph.outline import Definition, Field, Outline, Selections, outline_tokens, split_tokens
from app.plan.planning import Limits

_SPREAD = "..."  # stands for any spread among the response keys of a place


def check_document(text: str, limits: Limits) -> None:
    """Raises QueryTooComplex when a document asks for more than the limits allow."""
    _hold(limits, "max_document_characters", len(text), "characters")
    tokens = split_tokens(text)
    _hold(limits, "max_tokens", len(tokens), "tokens")
    _hold(limits, "max_directives", tokens.count("@"), "directives")
    outline = outline_tokens(tokens)
    _hold(limits, "max_nesting", outline.nesting, "levels of brackets")
    _hold(limits, "max_aliases", outline.aliases, "aliases")
    _hold(limits, "max_definitions", len(outline.definitions), "operations and fragments")
    if not outline.is_executable:
        raise BadUserInput("A document holds operations and fragments only.")
    _check_written_out(outline, limits)


def _hold(limits: Limits, name: str, asked: int, of_what: str) -> None:
    """Raises QueryTooComplex, naming the setting, when more is asked than a limit allows."""
    allowed: int = getattr(limits, name)
    if asked > allowed:
        raise QueryTooComplex(
            f"{allowed:,} {of_what} at most (BULKHEAD_{name.upper()}); this document has {_amount(asked)}."
        )


def _amount(asked: int) -> str:
    """A number for people: what doubles a thousand times has hundreds of digits."""
    return f"{asked:,}" if asked < 10**9 else "more than a billion"


def _check_written_out(outline: Outline, limits: Limits) -> None:
    """The limits on what definitions come to once their fragments are written out."""
    written_out = _WrittenOut(outline.definitions)
    extents = [written_out.extent(definition) for definition in outline.definitions]
    _hold(limits, "max_nesting", max((extent.nesting for extent in extents), default=0), "levels of brackets")
    operations = [definition for definition in outline.definitions if definition.fragment is None]
    roots = max((written_out.extent(operation).root_fields for operation in operations), default=0)
    _hold(limits, "max_root_fields", roots, "root fields of an operation")
    outer = written_out.outer()
    size = sum(written_out.extent(definition).size for definition in outer)
    _hold(limits, "max_selections", size, "selections, fragments written out,")
    pairs = sum(written_out.pairs([definition.selections]) for definition in outer)
    _hold(limits, "max_field_pairs", pairs, "pairs of fields with one name in one place")


@dataclass(frozen=True, slots=True)
class _Extent:
    """What a definition comes to with its fragments written out."""

    size: int
    nesting: int
    root_fields: int


class _WrittenOut:
    """Definitions with the fragments of their document written out. A spread of no fragment counts by itself."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self._definitions = definitions
        self._fragments: Mapping[str, Definition] = {d.fragment: d for d in definitions if d.fragment is not None}
        self._known: dict[Definition, _Extent] = {}
        self._around: set[Definition] = set()

    def outer(self) -> list[Definition]:
        """Operations, and fragments that are spread nowhere: written out, they hold all others."""
        spread = {self._fragments.get(name) for definition in self._definitions for name, _ in definition.spreads}
        return [definition for definition in self._definitions if definition not in spread]

    def extent(self, definition: Definition) -> _Extent:
        """Worked out once for each definition. Raises QueryTooComplex for a fragment that spreads itself."""
        if definition in self._known:
            return self._known[definition]
        if definition in self._around:
            raise QueryTooComplex(f"The fragment {definition.fragment} spreads itself, directly or through others.")
        self._around.add(definition)
        size, nesting = definition.size, definition.nesting
        for name, levels in definition.spreads:
            if fragment := self._fragments.get(name):
                inner = self.extent(fragment)
                size += inner.size
                nesting = max(nesting, levels + inner.nesting)
        self._around.remove(definition)
        extent = self._known[definition] = _Extent(size, nesting, self._root_fields(definition))
        return extent

    def _root_fields(self, definition: Definition) -> int:
        """Fields that nothing stands around but fragments. What is spread is known by now."""
        fragments = (self._fragments.get(s) for s in definition.selections if isinstance(s, str))
        spread = sum(self._known[fragment].root_fields for fragment in fragments if fragment is not None)
        return spread + sum(isinstance(selection, Field) for selection in definition.selections)

    def pairs(self, sets: Iterable[Selections]) -> int:
        """How often two selections with one response key stand in one place, or two spreads; all that is in them too.

        graphql-core compares each such pair, to tell whether the two can be one field of the answer.
        """
        places: dict[str, list[Selections]] = {}
        for selections in sets:
            self._place(selections, places)
        pairs = 0
        for same in places.values():
            pairs += len(same) * (len(same) - 1) // 2
            if any(same):
                pairs += self.pairs(same)
        return pairs

    def _place(self, selections: Selections, places: dict[str, list[Selections]]) -> None:
        """Puts selections, and those of fragments among them, with the others of their key."""
        for selection in selections:
            if isinstance(selection, Field):
                places.setdefault(selection.key, []).append(selection.selections)
            elif fragment := self._fragments.get(selection):
                places.setdefault(_SPREAD, []).append(())
                self._place(fragment.selections, places)
