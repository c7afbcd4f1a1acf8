-- Functions and procedures with their bodies and owners, without those of an extension.
select
  format('function %s', p.oid::regprocedure) as identity,
  format('%sowner %s', pg_get_functiondef(p.oid), proowner::regrole) as definition
from pg_proc as p
where prokind in ('f', 'p', 'w') and pronamespace::regnamespace::text = any ($1)
  and not exists (
    select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
