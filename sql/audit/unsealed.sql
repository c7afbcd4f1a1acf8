-- How many entries of the tenant ($1) no seal lists, of transactions from $2 on.
select count(*)
from public.audit_logs as entry
where entry.tenant_id = $1 and entry.xid >= $2
  and not exists (
    select
    from (
      select unnest(seal.entry_ids) as id
      from public.audit_seals as seal
      where seal.tenant_id = $1 and seal.until_xid >= $2
    ) as listed
    where listed.id = entry.id
  )
