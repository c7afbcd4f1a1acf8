"""What may stand in the annotations of functions that domains write by hand."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLInputObjectType, print_type
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.catalog import Catalog, build_catalog
from app.domains import DOMAINS
from app.domains.integrations.tables import Provider, SyncJob
from app.graph.building import Field, TypeRoom
from app.graph.python_types import PythonTypes
from app.graph.schema import build_schema
from app.model.entity import Json
from app.repositories import New, Ref


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    count: int
    first_id: UUID | None
    jobs: list[Ref[SyncJob]]


@strawberry.enum(description="How it is done.")
class Speed(Enum):
    FAST = "FAST"
    SLOW = strawberry.enum_value("SLOW", deprecation_reason="Nobody waits.")


@strawberry.input
class Wish:
    at: datetime
    speed: Speed | None = strawberry.field(default=None, description="How.")


@pytest.fixture
def types() -> PythonTypes:
    """Beside the types of two entities' parts."""
    room = TypeRoom()
    room.add_object("SyncJob", [Field("id", "ID!")])
    room.add_input("SyncJobCreate", [Field("name", "String")])
    room.add_enum(Provider)
    room.tie()
    return PythonTypes(room)


@pytest.mark.parametrize(
    ("hint", "written"),
    [
        (UUID, "ID!"),
        (datetime | None, "DateTime"),
        (Json, "JSON!"),
        (list[int], "[Int!]!"),
        (list[UUID | None] | None, "[ID]"),
        (Ref[SyncJob], "SyncJob!"),
        (list[New[SyncJob]], "[SyncJobCreate!]!"),
        (Provider | None, "Provider"),
        (Outcome, "Outcome!"),
        (list[Wish], "[Wish!]!"),
    ],
)
def test_annotation_is_a_type(types: PythonTypes, hint: Any, written: str) -> None:
    assert str(types.of(hint)) == written
    assert str(types.nullable(hint)) == written.removesuffix("!")


def test_dataclass_is_a_type_of_its_own(types: PythonTypes) -> None:
    made = cast(Any, types.nullable(Outcome))
    assert made.description == "What came of it."
    assert {name: str(field.type) for name, field in made.fields.items()} == {
        "count": "Int!",
        "firstId": "ID",
        "jobs": "[SyncJob!]!",
    }
    assert types.nullable(Outcome) is made
    assert Outcome(1, None, []).count == 1  # and stays what it was


def test_what_strawberry_knows_may_be_used(types: PythonTypes) -> None:
    made = types.nullable(Wish)
    assert isinstance(made, GraphQLInputObjectType)
    assert made.fields["speed"].description == "How."
    speed: Any = made.fields["speed"].type
    assert 'SLOW @deprecated(reason: "Nobody waits.")' in print_type(speed)


def test_strawberry_converts_no_type_of_an_entity(large_catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[object] = []
    convert = GraphQLCoreConverter.from_type

    def counted(self: GraphQLCoreConverter, type_: Any) -> Any:
        converted.append(type_)
        return convert(self, type_)

    monkeypatch.setattr(GraphQLCoreConverter, "from_type", counted)
    build_schema(build_catalog(DOMAINS))
    ours = len(converted)
    build_schema(large_catalog)
    assert 0 < ours == len(converted) - ours
