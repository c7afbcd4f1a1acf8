"""Whoever rewrites the audit log past all triggers, as only a superuser can, is noticed: the first trace is named."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from app.audit.command import sign_logs, verify_logs
from app.audit.form import Seal, chain_hash, entry_hash, merkle_root
from app.audit.owner import Connection, sql
from app.audit.verifying import Flaw, Verified, sign_tenant
from app.catalog import Catalog
from app.settings import Settings
from tests.audit.conftest import KEY, LOGGED_ACME, LOGGED_GLOBEX, tampering, verified_in
from tests.conftest import World
from tests.isolation.rows import as_parameter, sample
from tests.world import ACME, GLOBEX, made_id

FORGED = made_id("forged")


async def seal_number(superuser: Connection, number: int) -> Seal:
    """A seal of acme's, as it stands."""
    rows = await superuser.fetch(sql("seals"), ACME.id)
    return next(Seal(**row) for row in rows if row["number"] == number)


async def test_every_column_of_an_entry_is_sealed(superuser: Connection, sealed: Verified, catalog: Catalog) -> None:
    (entry,) = (await seal_number(superuser, 2)).entry_ids
    log = catalog["AuditLog"]
    for column in log.columns:
        if column in (log.tenant, log.key):
            continue
        other = [v.value for v in column.enum][-1] if column.enum else sample(column)
        async with tampering(superuser):
            update = f"update audit_logs set {column.name} = $1 where tenant_id = $2 and id = $3"
            await superuser.execute(update, as_parameter(column, other), ACME.id, entry)
            assert (await verified_in(superuser)).flaw == Flaw("altered", 2, entry), column.name


async def test_nothing_and_an_empty_text_are_not_the_same(superuser: Connection, sealed: Verified) -> None:
    (entry,) = (await seal_number(superuser, 2)).entry_ids
    async with tampering(superuser):
        await superuser.execute("update audit_logs set message = '' where id = $1", entry)
        assert (await verified_in(superuser)).flaw == Flaw("altered", 2, entry)


@pytest.mark.parametrize(
    "tamper",
    [
        "delete from audit_logs where id = $1",
        f"update audit_logs set id = '{FORGED}' where id = $1",
        f"update audit_logs set tenant_id = '{GLOBEX.id}' where id = $1",
    ],
    ids=["deleted", "under another id", "of another tenant"],
)
async def test_missing_entry_is_named(superuser: Connection, sealed: Verified, tamper: str) -> None:
    first, _ = (await seal_number(superuser, 3)).entry_ids
    async with tampering(superuser):
        await superuser.execute(tamper, first)
        assert (await verified_in(superuser)).flaw == Flaw("missing", 3, first)


async def test_entries_that_changed_places_are_named(superuser: Connection, sealed: Verified) -> None:
    first, second = (await seal_number(superuser, 3)).entry_ids
    async with tampering(superuser):
        await superuser.execute(
            "update audit_logs as t set changes = o.changes from audit_logs as o "
            "where t.id = any ($1) and o.id = any ($1) and t.id <> o.id",
            [first, second],
        )
        assert (await verified_in(superuser)).flaw == Flaw("altered", 3, first)


async def test_inserted_entry_is_named(superuser: Connection, sealed: Verified) -> None:
    (entry,) = (await seal_number(superuser, 2)).entry_ids
    async with tampering(superuser):
        await superuser.execute(
            """insert into audit_logs (tenant_id, id, action, target_type, meta, xid)
               select tenant_id, $1, action, target_type, meta, xid from audit_logs where id = $2""",
            FORGED, entry,
        )  # fmt: skip
        assert (await verified_in(superuser)).flaw == Flaw("inserted", 2, FORGED)
        await superuser.execute("set local role none")
        assert (await verified_in(superuser, LOGGED_GLOBEX)).flaw is None


async def test_inserted_entry_is_named_however_low_its_transaction(superuser: Connection, sealed: Verified) -> None:
    for xid, seal in ((0, 1), (-1, None), (-(2**63), None)):
        async with tampering(superuser):
            insert = (
                "insert into audit_logs (tenant_id, id, action, target_type, xid) values ($1, $2, 'made', 'User', $3)"
            )
            await superuser.execute(insert, ACME.id, FORGED, xid)
            assert (await verified_in(superuser, key=KEY)).flaw == Flaw("inserted", seal, FORGED), xid


@pytest.mark.parametrize("number", [1, 2])
async def test_missing_seal_is_named(superuser: Connection, sealed: Verified, number: int) -> None:
    async with tampering(superuser):
        await superuser.execute("delete from audit_seals where tenant_id = $1 and number = $2", ACME.id, number)
        assert (await verified_in(superuser)).flaw == Flaw("missing", number)


async def test_seals_that_changed_places_are_named(superuser: Connection, sealed: Verified) -> None:
    async with tampering(superuser):
        for number, other in ((2, 9), (3, 2), (9, 3)):
            change = "update audit_seals set number = $1 where tenant_id = $2 and number = $3"
            await superuser.execute(change, other, ACME.id, number)
        flaw = (await verified_in(superuser)).flaw
    assert flaw == Flaw("altered, or the one before it: its chain does not follow", 2)


async def test_every_column_of_a_seal_is_sealed(superuser: Connection, sealed: Verified, catalog: Catalog) -> None:
    entity = catalog["AuditSeal"]
    for column in entity.columns:
        if column in (entity.tenant, entity.key, entity.column("number")):
            continue
        async with tampering(superuser):
            update = f"update audit_seals set {column.name} = $1 where tenant_id = $2 and number = 2"
            await superuser.execute(update, sample(column), ACME.id)
            flaw = (await verified_in(superuser)).flaw
            assert flaw is not None, column.name
            assert flaw.seal == 2, column.name


async def forge(superuser: Connection, start: Seal, *, until: int) -> None:
    """Rewrites the first entry of a seal, that seal and those after it, as somebody who knows how they are made."""
    await superuser.execute("update audit_logs set actor_user_id = null where id = $1", start.entry_ids[0])
    chain = (await seal_number(superuser, start.number - 1)).chain
    for number in range(start.number, until + 1):
        seal = await seal_number(superuser, number)
        rows = await superuser.fetch(sql("entries_form_1"), ACME.id, seal.entry_ids)
        hashes = {row[0]: entry_hash(list(row)[1:]) for row in rows}
        seal = replace(seal, entry_hashes=[hashes[entry] for entry in seal.entry_ids])
        seal = replace(seal, root=merkle_root(seal.entry_ids, seal.entry_hashes))
        chain = chain_hash(ACME.id, seal, chain)
        await superuser.execute(
            "update audit_seals set entry_hashes = $3, root = $4, chain = $5 where tenant_id = $1 and number = $2",
            ACME.id, number, seal.entry_hashes, seal.root, chain,
        )  # fmt: skip


async def append_seal(superuser: Connection, from_xid: int, until_xid: int, count: int) -> None:
    """Adds a fourth seal, of so many entries made up for it, as somebody who knows how they are made."""
    for _ in range(count):
        await superuser.execute(
            "insert into audit_logs (tenant_id, id, action, target_type, xid) values ($1, $2, 'made', 'User', $3)",
            ACME.id, FORGED, from_xid,
        )  # fmt: skip
    last = await seal_number(superuser, 3)
    rows = await superuser.fetch(sql("entries_form_1"), ACME.id, [FORGED])
    ids, hashes = [row[0] for row in rows], [entry_hash(list(row)[1:]) for row in rows]
    seal = replace(
        last, number=4, entries=count, root=merkle_root(ids, hashes), entry_ids=ids, entry_hashes=hashes,
        from_xid=from_xid, until_xid=until_xid,
    )  # fmt: skip
    await superuser.execute(
        """insert into audit_seals (tenant_id, number, form, entries, root, chain, sealed_at, from_xid, until_xid,
             entry_ids, entry_hashes)
           select tenant_id, 4, form, $2, $3, $4, sealed_at, $5, $6, $7, $8
           from audit_seals where tenant_id = $1 and number = 3""",
        ACME.id, count, seal.root, chain_hash(ACME.id, seal, last.chain), from_xid, until_xid, ids, hashes,
    )  # fmt: skip


async def test_seal_of_no_entry_is_none(superuser: Connection, sealed: Verified) -> None:
    end = (await seal_number(superuser, 3)).until_xid
    async with tampering(superuser):
        await append_seal(superuser, end, 2**62, 0)
        assert (await verified_in(superuser)).flaw == Flaw("not made by bulkhead: it lists no entry", 4)


async def test_seal_begins_where_the_last_one_ended(superuser: Connection, sealed: Verified) -> None:
    end = (await seal_number(superuser, 3)).until_xid
    for from_xid, until_xid in ((end + 1, end + 2), (end - 1, end + 1), (end, end - 1), (0, end), (-1, 1)):
        async with tampering(superuser):
            await append_seal(superuser, from_xid, until_xid, 1)
            flaw = (await verified_in(superuser)).flaw
        assert flaw == Flaw("not made by bulkhead: its transactions do not follow those before", 4), from_xid - end


async def test_seal_that_lets_transactions_be_counted_anew_is_told(superuser: Connection, sealed: Verified) -> None:
    end = (await seal_number(superuser, 3)).until_xid
    for from_xid, until_xid, counted_anew, is_restored in ((0, end - 1, (4,), False), (end, 2**62, (), True)):
        async with tampering(superuser):
            await append_seal(superuser, from_xid, until_xid, 1)
            assert (await verified_in(superuser, key=KEY)).flaw == Flaw("not signed with this key", 4)
            found = await verified_in(superuser)
        assert (found.flaw, found.counted_anew, found.is_restored) == (None, counted_anew, is_restored)


async def test_seal_that_was_forged_does_not_fit_the_next(superuser: Connection, sealed: Verified) -> None:
    async with tampering(superuser):
        await forge(superuser, await seal_number(superuser, 2), until=2)
        flaw = (await verified_in(superuser)).flaw
    assert flaw == Flaw("altered, or the one before it: its chain does not follow", 3)


async def test_log_that_was_forged_whole_is_told_by_the_key_and_by_a_head_noted_elsewhere(
    superuser: Connection, sealed: Verified
) -> None:
    async with tampering(superuser):
        await forge(superuser, await seal_number(superuser, 2), until=3)
        assert (await verified_in(superuser)).flaw is None
        assert (await verified_in(superuser, key=KEY)).flaw == Flaw("not signed with this key", 2)
        flaw = (await verified_in(superuser, head=sealed.head)).flaw
    assert flaw == Flaw("no seal has the given head: seals were cut off, or all of them made anew")


async def test_log_that_was_cut_off_is_told_by_a_head_noted_elsewhere(superuser: Connection, sealed: Verified) -> None:
    earlier = await seal_number(superuser, 2)
    async with tampering(superuser):
        await superuser.execute(
            "delete from audit_logs where id = any ($1)", (await seal_number(superuser, 3)).entry_ids
        )
        await superuser.execute("delete from audit_seals where tenant_id = $1 and number = 3", ACME.id)
        assert (await verified_in(superuser, key=KEY, head=earlier.chain)).flaw is None
        flaw = (await verified_in(superuser, key=KEY, head=sealed.head)).flaw
    assert flaw == Flaw("no seal has the given head: seals were cut off, or all of them made anew")


async def test_another_key_signs_what_holds_and_nothing_else(superuser: Connection, sealed: Verified) -> None:
    other = "another key, after the first one"
    async with tampering(superuser):
        assert (await verified_in(superuser, key=other)).flaw == Flaw("not signed with this key", 1)
    transaction = superuser.transaction(isolation="repeatable_read")
    await transaction.start()
    assert (await sign_tenant(superuser, LOGGED_ACME, other)).flaw is None
    assert (await verified_in(superuser, key=other)).flaw is None
    await transaction.rollback()
    async with tampering(superuser):
        await superuser.execute("delete from audit_logs where id = $1", (await seal_number(superuser, 3)).entry_ids[0])
        signed = await superuser.fetchval("select count(*) from audit_signatures")
        assert (await sign_tenant(superuser, LOGGED_ACME, other)).flaw is not None
        assert await superuser.fetchval("select count(*) from audit_signatures") == signed


async def test_command_tells_of_every_log_and_says_which_does_not_hold(
    world: World, superuser: Connection, sealed: Verified
) -> None:
    settings = Settings(owner_url=world.database.owner_url, seal_key=KEY)
    told = Console(file=StringIO(), soft_wrap=True)
    assert await verify_logs(told, settings, None, None)
    (entry,) = (await seal_number(superuser, 2)).entry_ids
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute("delete from audit_logs where id = $1", entry)
    await superuser.execute("set session_replication_role = default")
    assert not await verify_logs(told, settings, None, None)
    assert not await sign_logs(told, settings, "acme")
    assert isinstance(told.file, StringIO)
    acme, globex, altered, globex_again, unsigned = told.file.getvalue().splitlines()
    assert acme == f"ok    acme {ACME.id}  3 seals, {sealed.entries} entries, 0 not sealed yet, head {sealed.head}"
    assert globex.startswith(f"ok    globex {GLOBEX.id}  1 seal, ")
    assert altered == f"FLAW  acme {ACME.id}  seal 2, entry {entry}: missing"
    assert (globex_again, unsigned) == (globex, altered)
