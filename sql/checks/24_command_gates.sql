-- rule: 2
-- title: Every granted command asks for the caller's role
-- why: Within a tenant, who may read or write which rows is decided by RESTRICTIVE gates, one a command.
-- fix: put the gate back as app/isolation/policies.py makes it
with gated (polcmd, privilege) as (
  values ('r'::"char", 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')
)
select
  relation.oid::regclass::text as object,
  format('bulkhead_app may %s, and no policy asks for the caller''s role', gated.privilege) as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
cross join gated
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and case gated.privilege
    when 'delete' then has_table_privilege('bulkhead_app', relation.oid, 'delete')
    else has_any_column_privilege('bulkhead_app', relation.oid, gated.privilege)
  end
  and not exists (
    select from pg_policy as gate
    where gate.polrelid = relation.oid
      and not gate.polpermissive
      and gate.polcmd in (gated.polcmd, '*')
      and gate.polroles && array[0, 'bulkhead_app'::regrole::oid]
      and position('app.current_role_name()' in case gated.privilege
        when 'insert' then pg_get_expr(coalesce(gate.polwithcheck, gate.polqual), gate.polrelid)
        else pg_get_expr(gate.polqual, gate.polrelid)
      end) > 0
  )
