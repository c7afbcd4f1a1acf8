-- The first entry of the tenant ($1) that no seal of these transactions lists, from $2 to before $3: all of them are
-- sealed.
select entry.id
from public.audit_logs as entry
where entry.tenant_id = $1 and entry.xid >= $2 and entry.xid < $3
  and not exists (
    select
    from (
      select unnest(seal.entry_ids) as id
      from public.audit_seals as seal
      where seal.tenant_id = $1 and seal.from_xid < $3 and seal.until_xid >= $2
    ) as listed
    where listed.id = entry.id
  )
order by entry.xid, entry.id
limit 1
