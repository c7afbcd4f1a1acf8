"""What planning needs at hand, and the refusals that need no database.

The database enforces every one of them again; refusing here gives a clearer error and takes no connection.
"""

from dataclasses import dataclass, replace

from graphql import FieldNode, GraphQLObjectType

from app.catalog.facts import Catalog, Entity
from app.errors import Forbidden, QueryTooComplex
from app.model.access import Command, Role
from app.plan.fields import Document
from app.plan.values import ABSENT, Given, Leaf, read_given, read_leaf

SEES_DELETED = Role.ADMIN
"""The lowest role that may ask for deleted rows."""

_VERBS: dict[Command, str] = {"read": "read", "create": "create", "update": "change", "delete": "delete"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may ask for.

    default_page_rows   rows of a page that says neither `first` nor `last`
    max_page_rows       rows of any page, at most
    max_counted_rows    rows that `totalCount` counts, at most
    max_nodes           rows asked for in all: each page's, times those of the pages around it
    max_cost            what an operation may cost, as cost.py estimates it
    max_tokens          lexical tokens of a document
    max_depth           entities within each other
    max_condition_depth edges within each other in a condition
    max_planned_steps   fields and conditions, fragments written out

    Of a document, before it is parsed (graph/limits.py):

    max_document_characters  its length
    max_nesting              brackets of any kind within each other, fragments written out
    max_definitions          operations and fragments
    max_aliases              aliases, in all its operations and fragments
    max_root_fields          fields at the root of an operation, fragments written out
    max_directives           directives
    max_selections           fields, spreads and inline fragments, once fragments are written out in all operations
    max_field_pairs          pairs of fields with one response key in one place: each is compared when validating
    """

    default_page_rows: int = 100
    max_page_rows: int = 1_000
    max_counted_rows: int = 10_000
    max_nodes: int = 200_000
    max_cost: int = 500_000
    max_tokens: int = 10_000
    max_depth: int = 15
    max_condition_depth: int = 5
    max_planned_steps: int = 5_000
    max_document_characters: int = 100_000
    max_nesting: int = 50
    max_definitions: int = 200
    max_aliases: int = 100
    max_root_fields: int = 20
    max_directives: int = 500
    max_selections: int = 5_000
    max_field_pairs: int = 10_000


@dataclass(frozen=True, slots=True)
class Planning:
    """One operation being planned, for one role.

    sees_deleted    deleted rows are read like others, and the catalog is one that hides none
    """

    catalog: Catalog
    role: Role
    document: Document
    limits: Limits
    sees_deleted: bool = False
    depth: int = 0
    condition_depth: int = 0

    def deeper(self) -> "Planning":
        """The same, one entity further in. Raises QueryTooComplex beyond the limit."""
        if self.depth == self.limits.max_depth:
            raise QueryTooComplex(f"Entities may stand within each other {self.limits.max_depth} deep.")
        return replace(self, depth=self.depth + 1)

    def deeper_condition(self) -> "Planning":
        """The same, one edge further in a condition. Raises QueryTooComplex beyond the limit."""
        if self.condition_depth == self.limits.max_condition_depth:
            raise QueryTooComplex(f"A condition may go through {self.limits.max_condition_depth} edges.")
        return replace(self, condition_depth=self.condition_depth + 1)

    def type_of(self, name: str) -> GraphQLObjectType:
        """An object type of the schema."""
        type_ = self.document.schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def arguments(self, type_name: str, node: FieldNode) -> dict[str, Given]:
        """The arguments that a field was given; those that were not are left out."""
        arguments = self.type_of(type_name).fields[node.name.value].args
        nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
        given = {
            name: read_given(argument.type, nodes.get(name), self.document.variables, (name,))
            for name, argument in arguments.items()
        }
        return {name: value for name, value in given.items() if value is not ABSENT}

    def leaf(self, type_name: str, node: FieldNode, name: str) -> Leaf:
        """An argument as one value, whatever structure it has."""
        type_ = self.type_of(type_name).fields[node.name.value].args[name].type
        value = next(argument.value for argument in node.arguments or () if argument.name.value == name)
        return read_leaf(type_, value, self.document.variables, (name,))

    def allow_deleted(self) -> None:
        """Raises Forbidden when deleted rows are asked for, and the role may not see them."""
        if self.sees_deleted and self.role.rank < SEES_DELETED.rank:
            raise Forbidden(f"The role {self.role.value} may not see what was deleted.")

    def allow(self, entity: Entity, command: Command) -> None:
        """Raises Forbidden when the role may not run the command on any row of the entity."""
        if not entity.access.allows(self.role, command):
            raise Forbidden(f"The role {self.role.value} may not {_VERBS[command]} {entity.name}.")
