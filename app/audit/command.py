"""`bulkhead audit`: seals, verifies and signs logs, tenant by tenant, and prints a line for each.

In: settings, one tenant or all.  Out: lines; whether every log is what its seals say.
"""

from rich.console import Console

from app.audit.owner import logged_tenants, open_owner
from app.audit.sealing import seal_tenant
from app.audit.verifying import Verified, sign_tenant, verify_tenant
from app.errors import BadUserInput
from app.local import owner_url
from app.settings import Settings


async def seal_logs(out: Console, settings: Settings, only: str | None) -> None:
    """Seals each tenant's log as far as it can be."""
    async with open_owner(owner_url(settings)) as connection:
        for tenant in await logged_tenants(connection, only):
            sealed = await seal_tenant(connection, tenant.id, settings.seal_key)
            more = "; some entries have to wait for transactions that still run" if sealed.has_more else ""
            out.print(f"{tenant.slug}: {sealed.seals} new {_seals(sealed.seals)}{more}", highlight=False)


async def verify_logs(out: Console, settings: Settings, only: str | None, head: str | None) -> bool:
    """Verifies each tenant's log. Without a key, signatures are not looked at."""
    holds = True
    async with open_owner(owner_url(settings)) as connection:
        tenants = await logged_tenants(connection, only)
        if head is not None and len(tenants) > 1:
            raise BadUserInput("A head is that of one tenant. Others had this slug before: say which by its id.")
        for tenant in tenants:
            verified = await verify_tenant(connection, tenant, settings.seal_key, head)
            _print(out, verified)
            holds = holds and verified.flaw is None
    return holds


async def sign_logs(out: Console, settings: Settings, only: str | None) -> bool:
    """Signs the seals of each log that is what they say. Raises BadUserInput without a key."""
    if settings.seal_key is None:
        raise BadUserInput("BULKHEAD_SEAL_KEY is not set: it is what seals are signed with.")
    holds = True
    async with open_owner(owner_url(settings)) as connection:
        for tenant in await logged_tenants(connection, only):
            verified = await sign_tenant(connection, tenant, settings.seal_key)
            _print(out, verified)
            holds = holds and verified.flaw is None
    return holds


def _print(out: Console, verified: Verified) -> None:
    tenant = f"{verified.tenant.slug} [dim]{verified.tenant.id}[/]"
    if verified.flaw is not None:
        out.print(f"[red]FLAW[/]  {tenant}  {verified.flaw}", highlight=False)
        return
    counts = (
        f"{verified.seals} {_seals(verified.seals)}, {verified.entries} entries, {verified.unsealed} not sealed yet"
    )
    anew = "".join(f", counted anew at seal {number}" for number in verified.counted_anew)
    anew += ", to be counted anew" if verified.is_restored else ""
    out.print(f"[green]ok  [/]  {tenant}  {counts}{anew}, head {verified.head or 'none'}", highlight=False)


def _seals(count: int) -> str:
    return "seal" if count == 1 else "seals"
