-- rule: 4
-- title: Requests cannot write a key that leads out of the tenant
-- why: Whether the write succeeds tells whether the row exists, across tenants.
-- fix: revoke insert, update (…) on … from bulkhead_app
select
  format('%s.%s', reference.conrelid::regclass, col.attname) as object,
  format('bulkhead_app may write it, and it refers to %s', reference.confrelid::regclass) as problem
from pg_constraint as reference
join pg_class as source on source.oid = reference.conrelid and source.relnamespace = 'public'::regnamespace
join pg_class as target on target.oid = reference.confrelid
join pg_attribute as tenant on tenant.attrelid = source.oid and tenant.attname = 'tenant_id'
join pg_attribute as col on col.attrelid = source.oid and col.attnum = any (reference.conkey)
left join pg_attribute as target_tenant on target_tenant.attrelid = target.oid and target_tenant.attname = 'tenant_id'
where reference.contype = 'f'
  and reference.conparentid = 0
  and (target.relnamespace <> 'public'::regnamespace or target_tenant.attnum is null)
  and col.attnum <> tenant.attnum
  and has_column_privilege('bulkhead_app', source.oid, col.attnum, 'insert, update')
