-- rule: 9
-- title: Views are security_invoker
-- why: Any other view reads with its owner's rights and under its owner's policies.
-- fix: alter view … set (security_invoker = true)
select view.oid::regclass::text as object, 'is a view without security_invoker' as problem
from pg_class as view
where view.relkind = 'v'
  and view.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  and not exists (
    select from pg_options_to_table(view.reloptions)
    where option_name = 'security_invoker' and option_value::boolean
  )
  and not exists (
    select from pg_depend as member
    where member.classid = 'pg_class'::regclass and member.objid = view.oid and member.deptype = 'e'
  )
