-- Of the entries of the tenant ($1) that no seal lists: how many wait for one; the first that cannot, as all transactions
-- below where the last seal ended are sealed, and the seal that it would stand in, if there is one.
-- Where the database was restored from a dump and not sealed since, which is told too, new transactions have the numbers
-- of old ones, and all of them wait.
with sealed as (
  select until_xid, until_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint as is_restored
  from (
    select coalesce(
      (select seal.until_xid from public.audit_seals as seal where seal.tenant_id = $1 order by seal.number desc limit 1),
      0
    ) as until_xid
  ) as last
),
unlisted as (
  select entry.id, entry.xid, entry.xid >= case when sealed.is_restored then 0 else sealed.until_xid end as waits
  from public.audit_logs as entry
  cross join sealed
  where entry.tenant_id = $1
    and not exists (
      select
      from (select unnest(seal.entry_ids) as id from public.audit_seals as seal where seal.tenant_id = $1) as listed
      where listed.id = entry.id
    )
),
inserted as (
  select id, xid from unlisted where not waits order by xid, id limit 1
)
select
  (select count(*) from unlisted where waits),
  (select id from inserted),
  (
    select min(seal.number)
    from public.audit_seals as seal
    cross join inserted
    where seal.tenant_id = $1 and seal.from_xid <= inserted.xid and seal.until_xid > inserted.xid
  ),
  is_restored
from sealed
