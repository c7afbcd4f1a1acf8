-- rule: 2
-- title: The tenant rule is a floor under every tenant table
-- why: A RESTRICTIVE policy for ALL TO PUBLIC is one that no other policy can widen, for reads and for writes. Only
--   where an entity declares full-text search does bulkhead_search stand beside it: `@@` uses no index under it.
-- fix: create policy tenant_floor on … as restrictive for all to public (with search: to bulkhead_app, bulkhead_owner,
--   bulkhead_platform) using (tenant_id = app.current_tenant()) with check (tenant_id = app.current_tenant())
with searched as (
  select to_regclass(entity ->> 'table')::oid as oid
  from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
  where entity -> 'search' <> 'null'
)
select relation.oid::regclass::text as object, 'has no tenant floor' as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and not exists (
    select from pg_policy as policy
    where policy.polrelid = relation.oid
      and not policy.polpermissive
      and policy.polcmd = '*'
      and (
        policy.polroles = array[0::oid]
        or relation.oid in (select oid from searched)
        and policy.polroles
          @> array['bulkhead_app'::regrole, 'bulkhead_owner'::regrole, 'bulkhead_platform'::regrole]::oid[]
      )
      and pg_get_expr(policy.polqual, policy.polrelid) = '(tenant_id = app.current_tenant())'
      and pg_get_expr(policy.polwithcheck, policy.polrelid) = '(tenant_id = app.current_tenant())'
  )
