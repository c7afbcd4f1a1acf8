"""Collects the fields of a selection set, as the GraphQL specification says (section "Field Collection").

In: selection sets, fragments, variables.  Out: for each response key, in order, the field nodes that share it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from app.errors import BadUserInput, QueryTooComplex
from app.plan.values import Variables


class Budget:
    """How many steps planning may take. Fragments within fragments make a short document a long one."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self.spent = 0

    def spend(self, steps: int = 1) -> None:
        """Takes steps. Raises QueryTooComplex when there are none left."""
        self.spent += steps
        if self.spent > self._steps:
            raise QueryTooComplex("This asks for too much at once: fewer fields and conditions, please.")


@dataclass(frozen=True, slots=True)
class Document:
    """What every step of planning needs of the request: the schema, the fragments, the coerced variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    budget: Budget


def collect_fields(
    document: Document, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]
) -> dict[str, list[FieldNode]]:
    """The fields selected on a type, grouped by response key, without skipped ones and fragments on other types."""
    fields: dict[str, list[FieldNode]] = {}
    visited: set[str] = set()
    for selection_set in sets:
        if selection_set is not None:
            _collect(document, type_, selection_set, fields, visited)
    return fields


def sub_selections(nodes: Iterable[FieldNode]) -> list[SelectionSetNode | None]:
    """The selection sets of fields that share a response key; they merge."""
    return [node.selection_set for node in nodes]


def spend_on(document: Document, selection_set: SelectionSetNode | None, steps: int) -> None:
    """Spends steps on all that a selection set comes to, when it is not planned but answered elsewhere."""
    for node in selection_set.selections if selection_set else ():
        document.budget.spend(steps)
        match node:
            case FragmentSpreadNode():
                spend_on(document, document.fragments[node.name.value].selection_set, steps)
            case FieldNode() | InlineFragmentNode():
                spend_on(document, node.selection_set, steps)


def _collect(
    document: Document,
    type_: GraphQLObjectType,
    selection_set: SelectionSetNode,
    fields: dict[str, list[FieldNode]],
    visited: set[str],
) -> None:
    for node in selection_set.selections:
        document.budget.spend()
        if not _included(document, node.directives or ()):
            continue
        match node:
            case FieldNode():
                fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            case InlineFragmentNode():
                condition = node.type_condition
                if condition is None or _applies(document, condition.name.value, type_):
                    _collect(document, type_, node.selection_set, fields, visited)
            case FragmentSpreadNode() if node.name.value not in visited:
                visited.add(node.name.value)
                fragment = document.fragments[node.name.value]
                if _applies(document, fragment.type_condition.name.value, type_):
                    _collect(document, type_, fragment.selection_set, fields, visited)


def _applies(document: Document, condition: str, type_: GraphQLObjectType) -> bool:
    """Whether a fragment on `condition` applies to an object of a type: the type, or an interface or union of it."""
    if condition == type_.name:
        return True
    wanted = document.schema.type_map[condition]
    return is_abstract_type(wanted) and document.schema.is_sub_type(wanted, type_)


def _included(document: Document, directives: Iterable[DirectiveNode]) -> bool:
    for directive in directives:
        if directive.name.value in ("skip", "include"):
            (argument,) = directive.arguments or ()
            if _boolean(document, argument.value) is (directive.name.value == "skip"):
                return False
    return True


def _boolean(document: Document, node: object) -> bool:
    if isinstance(node, VariableNode):
        value = document.variables.coerced.get(node.name.value)
        if not isinstance(value, bool):
            raise BadUserInput(f"${node.name.value} is null, where true or false belongs.")
        return value
    assert isinstance(node, BooleanValueNode)
    return node.value
