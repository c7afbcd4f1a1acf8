"""Master keys: they wrap the data keys of tenants, and the database never sees them.

In: `BULKHEAD_MASTER_KEYS`, such as `2026-11:<base64 of 32 bytes>,2025-11:…`.  Out: MasterKeys.
Rejects: ValueError for what is no such list; Unavailable for a data key of a master key that is not among them.
A KMS can stand in their place: whatever has the methods of KeyWrapper.
"""

import hashlib
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Unavailable
from app.vault.sealing import KEY_BYTES, NONCE_BYTES, decoded, encoded

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Wrapped(NamedTuple):
    """A data key that is encrypted with a master key of that name."""

    master_key: str
    text: str


class KeyWrapper(Protocol):
    """What wraps data keys. The tenant is bound in: the key of one does not unwrap as another's."""

    @property
    def fingerprint_keys(self) -> Sequence[bytes]:
        """Keys, of up to 64 bytes, for hashes that nobody without them can try values against. The first makes new
        hashes; the others recognize old ones."""

    async def wrap(self, key: bytes, tenant: UUID) -> Wrapped:
        """Encrypts a data key. Raises Unavailable."""

    async def unwrap(self, wrapped: Wrapped, tenant: UUID) -> bytes:
        """The data key again. Raises Unavailable."""


class MasterKeys:
    """Master keys that are settings. The first one wraps new data keys; all of them unwrap."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        self._wraps = keys[0][0]
        self._ciphers = {name: AESGCM(key) for name, key in keys}
        self.fingerprint_keys = tuple(hashlib.blake2b(b"bulkhead fingerprints", key=key).digest() for _, key in keys)

    @classmethod
    def parse(cls, text: str) -> "MasterKeys":
        """Reads a list of `name:base64`. Raises ValueError, which names a key's place and never what it is."""
        keys = [_parse_key(number, part.strip()) for number, part in enumerate(text.split(","), 1)]
        if len({name for name, _ in keys}) < len(keys):
            raise ValueError("two keys have the same name")
        return cls(keys)

    async def wrap(self, key: bytes, tenant: UUID) -> Wrapped:
        """Encrypts a data key with the first master key."""
        nonce = os.urandom(NONCE_BYTES)
        return Wrapped(self._wraps, encoded(nonce + self._ciphers[self._wraps].encrypt(nonce, key, _bound(tenant))))

    async def unwrap(self, wrapped: Wrapped, tenant: UUID) -> bytes:
        """The data key again. Raises Unavailable when its master key is not there, or another one has its name."""
        try:
            whole = decoded(wrapped.text)
            return self._ciphers[wrapped.master_key].decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], _bound(tenant))
        except (KeyError, InvalidTag, ValueError) as exc:
            raise Unavailable(
                f"Secrets cannot be kept now: BULKHEAD_MASTER_KEYS lacks the right key named {wrapped.master_key}."
            ) from exc


def new_master_key(name: str | None = None) -> str:
    """A new master key as an entry of the list, named for the day unless it is given a name."""
    key = b64encode(AESGCM.generate_key(8 * KEY_BYTES)).decode()
    return f"{name or datetime.now(UTC).date().isoformat()}:{key}"


def _parse_key(number: int, part: str) -> tuple[str, bytes]:
    name, _, key = part.partition(":")
    try:
        if not _NAME.fullmatch(name) or len(decoded_key := b64decode(key, validate=True)) != KEY_BYTES:
            raise ValueError("not a key")
    except ValueError:
        # Without the cause: its message may quote what was given.
        raise ValueError(f"key {number} is not a name, a colon and base64 of {KEY_BYTES} bytes") from None
    return name, decoded_key


def _bound(tenant: UUID) -> bytes:
    return b"bulkhead data key of " + str(tenant).encode()
