"""The door: a bearer token becomes a Principal.

In: the Authorization header, or a token.  Out: Principal.
Rejects: a token that is missing, malformed, forged, out of its time, for another audience, from another
issuer, or of another type than JWT and at+jwt (Unauthenticated); what its claims say is claims.py's to judge.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cachetools import LRUCache

from app.auth.claims import parse_claims, parse_payload
from app.auth.keys import JwksKeys, KeySource, PemKey, SecretKey
from app.auth.principal import Principal
from app.errors import Unauthenticated

SKEW_S = 30
KNOWN_S = 60
"""How long a key that its issuer withdrew may still be honoured, beyond what the key source keeps it."""
MAX_KNOWN = 10_000
MAX_KNOWN_CHARACTERS = 4_096
"""How many tokens are kept, and of which length: 40 MB at most."""

# RFC 6750 §2.1; the scheme's case does not count (RFC 9110 §11.1).
_BEARER = re.compile(r"bearer +([a-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)
_USUAL_SCHEME = "Bearer "
"""As nearly everybody spells it. What is known after it has been matched before: a letter takes 20 ns."""

# PyJWT looks for these once the signature held, so they tell nothing to one who forges.
_REASONS: Mapping[type[Exception], str] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidAudienceError: "the token is for another audience",
    jwt.InvalidIssuerError: "the token is from another issuer",
    jwt.MissingRequiredClaimError: "the token lacks exp, or the aud or iss that is asked for",
}
_NO_REASON = "the token is malformed, or not signed with the right key"


@dataclass(frozen=True, slots=True)
class _Known:
    """The caller of a token that was verified before, and until when (in Unix time) that is taken on trust."""

    principal: Principal
    until_s: float


class TokenVerifier:
    """Verifies tokens; one that it has verified it takes on trust for a minute, or until it expires.

    A signature takes 27 µs (HS256) to 134 µs (EdDSA), more than all else that a request asks of the gateway's door.
    """

    def __init__(
        self, keys: KeySource, issuer: str | None, audience: str | None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._known: LRUCache[str, _Known] = LRUCache(MAX_KNOWN)

    async def principal_from_header(self, value: str | None) -> Principal:
        """The caller that an Authorization header's value names; None stands for no header.

        Raises  what `verify` raises
        """
        value = value or ""
        token = value[len(_USUAL_SCHEME) :] if value.startswith(_USUAL_SCHEME) else ""
        known = self._look_up(token) or self._look_up(token := _bearer_token(value))
        if known is not None:
            return known.principal
        claims = await self._verified_claims(token)
        principal = parse_claims(claims)
        if len(token) <= MAX_KNOWN_CHARACTERS:
            self._known[token] = _Known(principal, min(self._clock() + KNOWN_S, claims["exp"]))
        return principal

    def _look_up(self, token: str) -> _Known | None:
        try:
            known = self._known[token]
        except KeyError:
            return None
        return known if self._clock() < known.until_s else None

    async def verify(self, token: str) -> Principal:
        """The caller that a token names.

        Raises  Unauthenticated when the token does not hold
                Unavailable when no key has been fetched yet and none can be
        """
        return parse_claims(await self._verified_claims(token))

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            key = await self._keys.key_for(_kid(jwt.get_unverified_header(token)))
            claims = _JWT.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=SKEW_S,
            )
        # UnicodeEncodeError: PyJWT encodes a token before it looks at it.
        except (jwt.PyJWTError, UnicodeEncodeError) as exc:
            raise Unauthenticated(_REASONS.get(type(exc), _NO_REASON)) from exc
        # Who answers to no name must refuse a token made for a named audience (RFC 7519 §4.1.3): else any
        # service of the same issuer could use its callers' tokens here. PyJWT lets an empty aud pass.
        if self._audience is None and "aud" in claims:
            raise Unauthenticated(_REASONS[jwt.InvalidAudienceError])
        return claims


def _bearer_token(value: str) -> str:
    """The token in an Authorization header. Raises Unauthenticated."""
    bearer = _BEARER.fullmatch(value)
    if bearer is None:
        raise Unauthenticated("send a token in the Authorization header: Bearer <token>")
    return bearer[1]


def verifier_from(
    *,
    jwt_secret: str | None,
    jwt_public_key: str | None,
    jwks_url: str | None,
    issuer: str | None,
    audience: str | None,
) -> TokenVerifier:
    """The verifier that the settings describe.

    Raises  ValueError when they name no source of keys, more than one, or one that cannot be used
    """
    choices: tuple[tuple[Callable[[str], KeySource], str | None], ...] = (
        (SecretKey, jwt_secret),
        (PemKey, jwt_public_key),
        (JwksKeys, jwks_url),
    )
    chosen = [(source, value) for source, value in choices if value is not None]
    if len(chosen) != 1:
        raise ValueError(f"set one of jwt_secret, jwt_public_key and jwks_url; {len(chosen)} of them are set")
    [(source, value)] = chosen
    return TokenVerifier(source(value), issuer, audience)


class _StrictJWT(jwt.PyJWT):
    """PyJWT, which checks signature and times, with our reading of the payload: a seam it offers."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        return parse_payload(decoded["payload"])


_JWT = _StrictJWT({"require": ["exp"]})


def _kid(header: Mapping[str, Any]) -> str | None:
    """The name of the key to verify with, from a header that asks for nothing we do not do."""
    if "crit" in header:
        raise Unauthenticated("the token depends on an extension (crit); none is supported")
    # Other types are for other things: a logout token or a DPoP proof is no leave to act (RFC 8725 §3.11).
    if str(header.get("typ", "JWT")).lower() not in ("jwt", "at+jwt"):
        raise Unauthenticated("the token's typ is neither JWT nor at+jwt")
    return header.get("kid")
