-- Where the log of the tenant ($1) stands: the transaction that its next seal begins with, and the first one that has
-- not been yet.
select
  coalesce(
    (select seal.until_xid from public.audit_seals as seal where seal.tenant_id = $1 order by seal.number desc limit 1), 0
  ) as next_sealed,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next_made
