"""Where the keys come from that a token's signature is checked with.

In: a secret, a PEM text or a JWKS URL.  Out: VerifyingKey, a key bound to its one algorithm.
Rejects: weak keys and keys of another kind: at construction for a secret or a PEM, one by one in a JWKS.
Never: an algorithm, a key or an address taken from a token (RFC 8725 §3.1, §3.10).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal, Protocol
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.errors import Unauthenticated, Unavailable

MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048

FRESH_S = 300.0
REFETCH_PAUSE_S = 30.0
FETCH_TIMEOUT_S = 5.0
# The largest sets in the wild, with certificate chains in them, have some 30 kB.
MAX_JWKS_BYTES = 256 * 1024

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key and the only algorithm it verifies."""

    algorithm: Literal["HS256", "RS256", "ES256", "EdDSA"]
    material: bytes | RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey = field(repr=False)


class KeySource(Protocol):
    async def key_for(self, kid: str | None) -> VerifyingKey:
        """The key to verify a token with whose header names `kid`.

        Raises  Unauthenticated when there is none
                Unavailable when nobody can know yet
        """


class SecretKey:
    """HS256 by a secret that both sides hold."""

    def __init__(self, secret: str) -> None:
        material = secret.encode()
        if len(material) < MIN_SECRET_BYTES:
            raise ValueError(
                f"the JWT secret has {len(material)} bytes and needs {MIN_SECRET_BYTES} or more; "
                "`openssl rand -hex 32` makes one"
            )
        try:
            jwt.get_algorithm_by_name("HS256").prepare_key(material)
        except jwt.InvalidKeyError as exc:
            raise ValueError(
                "the JWT secret is a key file; were it a public one, anybody could sign: set jwt_public_key"
            ) from exc
        self._key = VerifyingKey("HS256", material)

    async def key_for(self, kid: str | None) -> VerifyingKey:
        return self._key


class PemKey:
    """RS256, ES256 or EdDSA by a public key, whichever the key's type dictates."""

    def __init__(self, pem: str) -> None:
        try:
            key = _bound(load_pem_public_key(pem.encode()))
        except (ValueError, UnsupportedAlgorithm) as exc:
            raise ValueError("the JWT public key is not a PEM text with BEGIN PUBLIC KEY") from exc
        if key is None:
            raise ValueError(f"the JWT public key must be EC P-256, Ed25519 or RSA ({MIN_RSA_BITS} bits up)")
        self._key = key

    async def key_for(self, kid: str | None) -> VerifyingKey:
        return self._key


class JwksKeys:
    """The keys that an identity provider publishes, by `kid`, kept for five minutes.

    A `kid` that is not among them, or keys gone stale, fetch the set anew: once for all who wait, and not
    within 30 s of the last attempt, so that made-up kids cannot turn this gateway against the provider.

    Why not PyJWKClient (2.15): it forgets its keys when they go stale though the refetch fails, pauses only
    after a fetch that succeeded, holds a thread for each caller that waits, and reads an answer of any size.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = FETCH_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("the JWKS URL must begin with https://, or http:// in a network that you trust")
        self._url = url
        self._timeout_s = timeout_s
        self._clock = clock
        self._keys: Mapping[str, VerifyingKey] = {}
        self._stale_at_s = -inf
        self._attempted_at_s = -inf
        self._fetching: asyncio.Task[None] | None = None

    async def key_for(self, kid: str | None) -> VerifyingKey:
        if kid is None:
            raise Unauthenticated("the token does not name its key (kid)")
        if kid not in self._keys or self._clock() >= self._stale_at_s:
            await self._refetch()
        if not self._keys:
            # Not a 401: a client would throw a good token away.
            raise Unavailable("the keys that tokens are checked with cannot be reached; try again")
        key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("the token is signed with a key that its issuer does not publish")
        return key

    async def _refetch(self) -> None:
        now_s = self._clock()
        if self._fetching is None and now_s - self._attempted_at_s >= REFETCH_PAUSE_S:
            self._attempted_at_s = now_s
            self._fetching = asyncio.create_task(self._replace_keys())
        if self._fetching is not None:
            # wait() leaves the task alone when the one who waits is cancelled or has waited long enough.
            await asyncio.wait({self._fetching}, timeout=self._timeout_s)

    async def _replace_keys(self) -> None:
        try:
            self._keys = await asyncio.to_thread(_download_keys, self._url, self._timeout_s)
            self._stale_at_s = self._clock() + FRESH_S
        except Exception:
            # Whatever it was: a provider's outage, or a broken set, must not sign everybody out.
            logger.exception("JWKS fetch failed; the %d known keys stay in force", len(self._keys))
        finally:
            self._fetching = None


def parse_jwks(body: bytes) -> Mapping[str, VerifyingKey]:
    """The usable keys of a JWK Set, by `kid`.

    Skips   a key without `kid`, one whose `use` is not sig, and one whose `alg` is not what its type dictates
    Raises  ValueError or PyJWTError when no key is left
    Source  RFC 7517 §4
    """
    keys = {
        jwk.key_id: key
        for jwk in jwt.PyJWKSet.from_json(body.decode())
        if (key := _bound(jwk.key))
        and jwk.key_id
        and jwk.public_key_use in (None, "sig")
        and jwk.algorithm_name == key.algorithm
    }
    if not keys:
        raise ValueError("the JWK Set has no key for RS256, ES256 or EdDSA")
    return keys


def _bound(key: object) -> VerifyingKey | None:
    """The key with the algorithm that its type dictates; None for private, symmetric, weak and other keys."""
    match key:
        case RSAPublicKey(key_size=bits) if bits >= MIN_RSA_BITS:
            return VerifyingKey("RS256", key)
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return VerifyingKey("ES256", key)
        case Ed25519PublicKey():
            return VerifyingKey("EdDSA", key)
    return None


def _download_keys(url: str, timeout_s: float) -> Mapping[str, VerifyingKey]:
    """The keys that the URL publishes now. Blocks, and raises whatever a network or odd JSON can cause."""
    return parse_jwks(_download(url, timeout_s))


def _download(url: str, timeout_s: float) -> bytes:
    deadline_s = time.monotonic() + timeout_s
    body = b""
    with _http_opener().open(url, timeout=timeout_s) as response:
        if response.status != 200:
            raise OSError(f"the JWKS URL answered with status {response.status}")
        # urllib's timeout is that of one read: a dripping answer passes it for hours.
        while chunk := response.read1(MAX_JWKS_BYTES):
            body += chunk
            if len(body) > MAX_JWKS_BYTES:
                raise ValueError(f"the JWK Set is larger than {MAX_JWKS_BYTES} bytes")
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"the JWK Set took longer than {timeout_s} s")
    return body


def _http_opener() -> OpenerDirector:
    """urllib with HTTP alone: no file:, ftp: or data:, and no redirect, which could lead off https."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    # Some providers' firewalls refuse urllib's own name.
    opener.addheaders = [("User-Agent", "bulkhead"), ("Accept", "application/json")]
    return opener
