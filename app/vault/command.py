"""`bulkhead keys rotate`: rotates the keys of every tenant, and prints what became of each.

In: settings with the owner's login and the master keys.  Out: whether every secret could be sealed anew.
"""

from collections.abc import AsyncIterator

from rich.console import Console

from app.catalog import build_catalog
from app.db.platform import open_platform
from app.domains import DOMAINS
from app.local import owner_url
from app.settings import Settings
from app.vault.configured import vault_of
from app.vault.rotation import Rotated, rotate_keys


async def rotate_all(out: Console, settings: Settings) -> bool:
    """Rotates the keys of every tenant. Raises StartRefused."""
    vault = vault_of(settings)
    async with open_platform(owner_url(settings)) as platform:
        rotations = [rotated async for rotated in _told(out, rotate_keys(platform, build_catalog(DOMAINS), vault))]
    if not rotations:
        out.print("No tenant has a secret yet.")
    return not any(rotated.unopened or rotated.error for rotated in rotations)


async def _told(out: Console, rotations: AsyncIterator[Rotated]) -> AsyncIterator[Rotated]:
    """The same, each printed as soon as it is there."""
    async for rotated in rotations:
        _print(out, rotated)
        yield rotated


def _print(out: Console, rotated: Rotated) -> None:
    if rotated.error is not None:
        out.print(f"{rotated.tenant}  [red]{rotated.error}[/]", highlight=False)
        return
    count = rotated.sealed
    out.print(f"{rotated.tenant}  {count} secret{'s' * (count != 1)} sealed with a new key", highlight=False)
    for table, column, row in rotated.unopened:
        out.print(f"    [red]{table}.{column} of {row} does not open, and stays as it is[/]", highlight=False)
