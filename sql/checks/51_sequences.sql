-- rule: 5
-- title: No sequence counts for all tenants together
-- why: Its numbers tell each tenant how much the others do.
-- fix: ids are made by app.new_id(); revoke all on sequence … from bulkhead_app, public
select oid::regclass::text as object, 'bulkhead_app may use or read the sequence' as problem
from pg_class
where case relkind when 'S' then has_sequence_privilege('bulkhead_app', oid, 'usage, select, update') end
union all
select format('%s.%s', relation.oid::regclass, col.attname), 'takes its numbers from a sequence'
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
join pg_attribute as col on col.attrelid = relation.oid and not col.attisdropped
left join pg_attrdef as initial on initial.adrelid = relation.oid and initial.adnum = col.attnum
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and (
    col.attidentity <> ''
    or exists (
      select from pg_depend as used
      join pg_class as sequence on sequence.oid = used.refobjid and sequence.relkind = 'S'
      where used.refclassid = 'pg_class'::regclass
        and used.classid = 'pg_attrdef'::regclass
        and used.objid = initial.oid
    )
  )
