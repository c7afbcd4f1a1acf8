-- How many entries of the tenant ($1) no seal lists, of transactions from $2 on.
select count(*)
from public.audit_logs as entry
where entry.tenant_id = $1 and entry.xid >= $2
  and not exists (
    select
    from public.audit_seals as seal
    cross join unnest(seal.entry_ids) as listed (id)
    where seal.tenant_id = $1 and seal.until_xid >= $2 and listed.id = entry.id
  )
