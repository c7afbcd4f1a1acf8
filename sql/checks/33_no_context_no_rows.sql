-- rule: 3
-- title: Without a tenant there are no rows, and nothing of a transaction stays behind
-- why: Everything above is how it should come about; this is whether it does.
-- fix: mend the other holes; restore app.set_context, app.set_reader and the context functions from sql/functions/
-- The rows are suspects: doctor.py reads each table without a tenant and reports those that show rows.
select relation.oid::regclass::text as object, 'shows rows' as problem
from pg_class as relation
join pg_attribute as tenant on tenant.attrelid = relation.oid and tenant.attname = 'tenant_id'
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and has_any_column_privilege(relation.oid, 'select')
