"""The form of what is hashed: an entry, the tree over a seal's entries, the chain of seals, a signature.

In: values as text.  Out: hashes.  Pure; the same as sql/functions/seal_audit.sql makes in the database.
Texts are hashed as one JSON array, spaced as Postgres does it: no value can pass for two, and null is not ''.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

ENTRIES_BY_FORM = {1: "entries_form_1"}
"""Of each form that seals were made in, the statement of `sql/audit/` with the columns that it hashes."""

_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal, as it stands in the database.

    entry_ids, entry_hashes   what it covers; from_xid, until_xid say of which transactions
    sealed_at                 microseconds since 1970, as text
    """

    number: int
    form: int
    entries: int
    root: str
    chain: str
    from_xid: int
    until_xid: int
    entry_ids: Sequence[UUID]
    entry_hashes: Sequence[str]
    sealed_at: str
    signatures: Sequence[str]


def entry_hash(values: Iterable[str | None]) -> str:
    """The hash of an entry, whose columns are given as text."""
    return hashlib.sha256(_array(values)).hexdigest()


def merkle_root(ids: Sequence[UUID], hashes: Sequence[str]) -> str:
    """The root of the tree over entries, as RFC 6962 has it; empty where a hash is none. Takes one entry or more."""
    try:
        pairs = list(zip(ids, map(bytes.fromhex, hashes), strict=True))
    except ValueError:
        return ""
    level = [hashlib.sha256(b"\0" + id_.bytes + hash_).digest() for id_, hash_ in pairs]
    while len(level) > 1:
        level = [_node(level[at : at + 2]) for at in range(0, len(level), 2)]
    return level[0].hex() if level else ""


def chain_hash(tenant: UUID, seal: Seal, chain_before: str) -> str:
    """What the chain of a seal has to be after the chain of the seal before; '' before the first."""
    numbers = (seal.number, seal.form, seal.from_xid, seal.until_xid, seal.entries)
    values = (chain_before, str(tenant), *map(str, numbers), seal.root, seal.sealed_at)
    return hashlib.sha256(_array(values)).hexdigest()


def signature(key: str, chain: str) -> str:
    """The signature of a chain."""
    return hmac.digest(key.encode(), b"bulkhead audit seal " + chain.encode(), "sha256").hex()


def is_signed(key: str, seal: Seal) -> bool:
    """Whether one of a seal's signatures is that of this key. Others may stand beside it, of keys before and after."""
    wanted = signature(key, seal.chain)
    return any(hmac.compare_digest(wanted, given) for given in seal.signatures if given.isascii())


def _node(children: Sequence[bytes]) -> bytes:
    return hashlib.sha256(b"\1" + b"".join(children)).digest() if len(children) == 2 else children[0]


def _array(values: Iterable[str | None]) -> bytes:
    return _AS_JSON(list(values)).encode()
