"""Seals texts: AES-256-GCM under a tenant's data key, bound to the place that the text is for.

In: a data key, a place, a text.  Out: `v1.<number of the key>.<base64url of nonce, ciphertext and tag>`.
Rejects: NotOpened, for whatever does not fit, whichever it is.  Never: I/O.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
SEALED = "^v1[.][0-9]+[.][A-Za-z0-9_-]+$"
"""What is sealed looks like this, as a regular expression of Postgres's too."""


class NotOpened(Exception):
    """What was sealed does not open: it is of another tenant, table, column, row or key, or no longer whole."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text stands. Moved anywhere else, it does not open."""

    tenant: UUID
    table: str
    column: str
    row: UUID

    def under(self, number: int) -> bytes:
        """The place and the key's number, as what is authenticated along with the text. No name has a 0 in it."""
        return "\0".join(("v1", str(number), str(self.tenant), self.table, self.column, str(self.row))).encode()


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key of one tenant, under its number there."""

    number: int
    cipher: AESGCM = field(repr=False)

    @property
    def prefix(self) -> str:
        """What everything that is sealed with it starts with."""
        return f"v1.{self.number}."

    def seal(self, place: Place, text: str) -> str:
        """The text, sealed: never the same twice."""
        nonce = os.urandom(NONCE_BYTES)
        return self.prefix + encoded(nonce + self.cipher.encrypt(nonce, text.encode(), place.under(self.number)))

    def open(self, place: Place, sealed: str) -> str:
        """The text that was sealed. Raises NotOpened."""
        try:
            whole = decoded(sealed.removeprefix(self.prefix))
            text = self.cipher.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], place.under(self.number))
        except (InvalidTag, ValueError) as exc:
            raise NotOpened from exc
        return text.decode()


MAX_KEY_NUMBER = 2**31 - 1
"""Of an integer in Postgres."""


def key_number(sealed: str) -> int:
    """The number of the key that a text is sealed with. Raises NotOpened."""
    try:
        version, number, _ = sealed.split(".")
        if version != "v1" or not 0 < int(number) <= MAX_KEY_NUMBER:
            raise ValueError(version)
        return int(number)
    except ValueError as exc:
        raise NotOpened from exc


def encoded(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes again. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
