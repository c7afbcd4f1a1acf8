"""Claims: what is taken for a Principal, and what is not."""

import json
from uuid import UUID

import pytest

from app.auth.claims import parse_claims, parse_payload, render_claims
from app.auth.principal import Principal, TenantId
from app.errors import Unauthenticated
from app.model.access import Role

from .tokens import PRINCIPAL, TENANT, USER, claims

NO_UUIDS = [
    None,
    "",
    7,
    True,
    [],
    {},
    [str(TENANT)],
    [str(TENANT), str(USER)],
    {"eq": str(TENANT)},
    "not-a-uuid",
    TENANT.hex,
    f"{{{TENANT}}}",
    TENANT.urn,
    f" {TENANT}",
    f"{TENANT}\n",
    f"{TENANT}' OR true --",
    str(TENANT).replace("0", "٠"),
    f"{TENANT},{USER}",
]


def test_claims_of_our_shape_are_a_principal() -> None:
    assert parse_claims(claims()) == PRINCIPAL


def test_a_uuid_may_be_written_in_capitals() -> None:
    assert parse_claims(claims(tenant_id=str(TENANT).upper())) == PRINCIPAL


def test_without_a_subject_no_user_is_asking() -> None:
    assert parse_claims(claims("sub")).user is None


def test_a_null_subject_is_refused_rather_than_taken_for_none() -> None:
    with pytest.raises(Unauthenticated, match="sub"):
        parse_claims(claims(sub=None))


@pytest.mark.parametrize("role", Role)
def test_every_role_is_read_back_as_it_was_rendered(role: Role) -> None:
    principal = Principal(TenantId(UUID(int=1)), None, role)
    assert parse_claims(render_claims(principal)) == principal
    assert parse_claims(render_claims(PRINCIPAL)) == PRINCIPAL


@pytest.mark.parametrize("value", NO_UUIDS)
@pytest.mark.parametrize("claim", ["tenant_id", "sub"])
def test_a_claim_that_is_no_plain_uuid_is_refused_unquoted(claim: str, value: object) -> None:
    with pytest.raises(Unauthenticated) as refused:
        parse_claims(claims(**{claim: value}))
    assert refused.value.message == f"the token's {claim} is missing or not a UUID"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "value", [None, "", "member", "Member", "MEMBER ", "SUPERUSER", "Role.MEMBER", 1, True, ["MEMBER"], {}]
)
def test_an_unknown_role_is_refused_unquoted(value: object) -> None:
    with pytest.raises(Unauthenticated) as refused:
        parse_claims(claims(role=value))
    assert refused.value.message.endswith("not one of VIEWER, MEMBER, MANAGER, ADMIN, OWNER")
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("claim", ["tenant_id", "role"])
def test_a_missing_claim_is_refused(claim: str) -> None:
    with pytest.raises(Unauthenticated, match=claim):
        parse_claims(claims(claim))


def test_a_payload_is_read_as_its_json_says() -> None:
    assert parse_payload(json.dumps(claims(exp=7.5)).encode()) == claims(exp=7.5)


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b'"text"', b"null", b"7", b"\xff\xfe", b"[" * 100_000, b'{"n": ' + b"9" * 5000],
)
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(Unauthenticated, match=r"not (a )?JSON"):
        parse_payload(payload)


@pytest.mark.parametrize(
    "payload",
    [
        '{"tenant_id": "a", "tenant_id": "b"}',
        '{"tenant_id": "a", "tenant_id": "a"}',
        '{"tenant_id": "a", "tenant\\u005fid": "b"}',
        '{"extra": {"role": "VIEWER", "role": "OWNER"}}',
    ],
)
def test_a_name_given_twice_is_refused(payload: str) -> None:
    with pytest.raises(Unauthenticated, match="twice"):
        parse_payload(payload.encode())


@pytest.mark.parametrize("value", [None, "9999999999", True, [9999999999], {}])
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_a_time_that_is_no_number_is_refused(claim: str, value: object) -> None:
    with pytest.raises(Unauthenticated, match=f"{claim} is not a number"):
        parse_payload(json.dumps({claim: value}).encode())
