"""Tokens for these tests: the ones PyJWT makes, and the ones it would refuse to make."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.auth.principal import Principal, TenantId, UserId
from app.auth.verifier import TokenVerifier
from app.errors import Unauthenticated
from app.model.access import Role

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

SECRET = "a secret that nobody outside these tests knows"
ISSUER = "https://issuer.example"
AUDIENCE = "bulkhead-of-these-tests"
TENANT = UUID("0192d3a4-5b6c-7d8e-9f01-23456789abcd")
USER = UUID("0192d3a4-5b6c-7d8e-9f01-23456789dcba")
PRINCIPAL = Principal(TenantId(TENANT), UserId(USER), Role.MEMBER)

PRIVATE_KEYS: dict[str, PrivateKey] = {
    "RS256": generate_rsa(public_exponent=65537, key_size=2048),
    "ES256": generate_private_key(SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate(),
}


def claims(*without: str, **changes: object) -> dict[str, Any]:
    """The claims of PRINCIPAL's token, good for an hour, with changes; None is a value like any other."""
    good: dict[str, Any] = {
        "tenant_id": str(TENANT),
        "sub": str(USER),
        "role": "MEMBER",
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": in_s(3600),
    }
    return {name: value for name, value in (good | changes).items() if name not in without}


def in_s(seconds: int) -> int:
    return int(time.time()) + seconds


def signed(payload: dict[str, Any], algorithm: str = "HS256", **header: Any) -> str:
    """A token as an honest issuer makes it, with the secret or the private key of the algorithm."""
    return jwt.encode(payload, PRIVATE_KEYS.get(algorithm, SECRET), algorithm=algorithm, headers=header)


def hand_made(payload: object, key: bytes = SECRET.encode(), **header: object) -> str:
    """A token with an HMAC by this key, whatever its header and payload say; bytes are taken as they are."""
    signing_input = f"{segment({'alg': 'HS256', 'typ': 'JWT'} | header)}.{segment(payload)}"
    return f"{signing_input}.{segment(hmac.digest(key, signing_input.encode(), hashlib.sha256))}"


def segment(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


async def refusal(verifier: TokenVerifier, token: str) -> str:
    """The message with which the verifier refuses a token, after a look that it gives nothing away."""
    with pytest.raises(Unauthenticated) as refused:
        await verifier.verify(token)
    assert refused.value.http_status == 401
    assert refused.value.formatted()["extensions"] == {"code": "UNAUTHENTICATED"}
    message = refused.value.message
    assert not [part for part in (token, *token.split("."), *_claim_values(token)) if part and part in message]
    return message


def _claim_values(token: str) -> Iterator[str]:
    try:
        payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (ValueError, IndexError, RecursionError):
        return
    if isinstance(payload, dict):
        yield from map(str, payload.values())
