"""The data keys of tenants: made with a tenant's first secret, kept wrapped in its `data_keys`.

In: a tenant, and what runs a statement whose `$1` is the tenant, in a transaction that is the tenant's.  Out: DataKey.
Rejects: Unavailable without the master key; NotOpened for what does not open.
Who seals with a key holds its row to the end of the transaction: a key that is retired seals nothing from then on.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from cachetools import TTLCache
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import Conflict, Unavailable
from app.paths import SQL_FOLDER
from app.vault.masters import KeyWrapper, Wrapped
from app.vault.sealing import KEY_BYTES, DataKey, NotOpened, Place, key_number

Run = Callable[[str, Sequence[Any]], Awaitable[Sequence[Any] | None]]
"""Runs a statement and answers its first row."""

MAX_KEPT_KEYS = 10_000
KEPT_S = 300
_ATTEMPTS = 3


class Vault:
    """Seals with the data keys of tenants, and opens. Unwrapped keys are kept in memory, for a few minutes."""

    def __init__(self, wrapper: KeyWrapper | None = None) -> None:
        self._wrapper = wrapper
        # By the wrapped key: a number whose transaction is undone may come to name another one.
        self._kept: TTLCache[tuple[UUID, Wrapped], AESGCM] = TTLCache(MAX_KEPT_KEYS, KEPT_S)

    @property
    def fingerprint_keys(self) -> Sequence[bytes]:
        """Keys for hashes that nobody without them can try values against; none without master keys."""
        return self._wrapper.fingerprint_keys if self._wrapper else ()

    async def sealing_key(self, tenant: UUID, run: Run) -> DataKey:
        """The tenant's key to seal with, held until the transaction ends; made when there is none. Raises Unavailable,
        or Conflict when keys are retired as fast as they are made."""
        self._wrapper_there()
        for _ in range(_ATTEMPTS):
            if (found := await run(_sql("hold"), ())) is not None:
                return await self._unwrapped(tenant, *found)
            await self.make_key(tenant, run)
        raise Conflict("Another change got in the way; try again.")

    async def make_key(self, tenant: UUID, run: Run) -> None:
        """Makes the tenant's next key, unless somebody else makes it just now. Raises Unavailable."""
        wrapped = await self._wrapper_there().wrap(AESGCM.generate_key(8 * KEY_BYTES), tenant)
        await run(_sql("make"), wrapped)

    async def open(self, run: Run, place: Place, sealed: str) -> str:
        """What was sealed for this place. For the platform's own work: requests cannot read what they have sealed.

        Raises  NotOpened when the place or the key does not fit; Unavailable without the master key
        """
        found = await run(_sql("look_up"), (key_number(sealed),))
        if found is None:
            raise NotOpened
        return (await self._unwrapped(place.tenant, *found)).open(place, sealed)

    async def _unwrapped(self, tenant: UUID, number: int, master_key: str, text: str) -> DataKey:
        wrapped = Wrapped(master_key, text)
        cipher = self._kept.get((tenant, wrapped))
        if cipher is None:
            cipher = self._kept[tenant, wrapped] = AESGCM(await self._wrapper_there().unwrap(wrapped, tenant))
        return DataKey(number, cipher)

    def _wrapper_there(self) -> KeyWrapper:
        if self._wrapper is None:
            raise Unavailable("Secrets cannot be kept: there is no master key (BULKHEAD_MASTER_KEYS).")
        return self._wrapper


@cache
def _sql(name: str) -> str:
    return (SQL_FOLDER / "data_keys" / f"{name}.sql").read_text()
