"""What our tokens say: the names of the claims, and their strict way to and from a Principal.

In: the signed bytes of a token's payload.  Out: Principal.
Rejects: whatever two readers could read differently: a name given twice, a time that is no number,
a UUID in another spelling, a role in another case (Unauthenticated).
Never: a claim's value in a message, nor in an exception that a log would print.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.auth.principal import Principal, TenantId, UserId
from app.errors import Unauthenticated
from app.model.access import Role

TENANT = "tenant_id"
USER = "sub"
ROLE = "role"

_TIMES = ("exp", "nbf", "iat")

# Rather than Role(), whose ValueError quotes what it does not take.
_ROLES = {role.value: role for role in Role}

# Rather than UUID() alone, which also takes braces, urn:uuid: and digits of other scripts.
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def parse_payload(payload: bytes) -> dict[str, Any]:
    """The JSON object of a token's payload, with its times known to be numbers.

    Raises  Unauthenticated when it is no object, names a claim twice or gives a time that is no number
    Source  RFC 7519 §2 "NumericDate", §4 on duplicates; PyJWT takes "1" and true for times, and the last
            of two equal names
    """
    try:
        claims = json.loads(payload, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as exc:
        raise Unauthenticated("the token's payload is not JSON") from exc
    if not isinstance(claims, dict):
        raise Unauthenticated("the token's payload is not a JSON object")
    for name in _TIMES:
        # type() rather than isinstance(): True is an int.
        if name in claims and type(claims[name]) not in (int, float):
            raise Unauthenticated(f"the token's {name} is not a number")
    return claims


def parse_claims(claims: Mapping[str, object]) -> Principal:
    """The Principal that our claims name.

    Shape   {"tenant_id": "<UUID>", "sub": "<UUID>", "role": "MEMBER"}, where "sub" may be absent
    Raises  Unauthenticated when a claim is missing or not of this shape
    """
    return Principal(
        tenant=TenantId(_uuid(claims, TENANT)),
        user=UserId(_uuid(claims, USER)) if USER in claims else None,
        role=_role(claims),
    )


def render_claims(principal: Principal) -> dict[str, str]:
    """The claims that parse_claims reads back as this Principal."""
    claims = {TENANT: str(principal.tenant), ROLE: principal.role.value}
    return claims if principal.user is None else claims | {USER: str(principal.user)}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unauthenticated("the token names a claim twice")
    return members


def _uuid(claims: Mapping[str, object], name: str) -> UUID:
    value = claims.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Unauthenticated(f"the token's {name} is missing or not a UUID")
    return UUID(value)


def _role(claims: Mapping[str, object]) -> Role:
    value = claims.get(ROLE)
    if not isinstance(value, str) or value not in _ROLES:
        raise Unauthenticated(f"the token's {ROLE} is missing or not one of {', '.join(_ROLES)}")
    return _ROLES[value]
