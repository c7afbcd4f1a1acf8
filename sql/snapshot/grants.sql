-- Who may do what: schemas, tables, columns, functions. An owner's own rights are left out: it can always restore them.
-- Functions of an extension are left out, like the extension's functions themselves.
-- A missing list of rights stands for the default ones: so reads a table as nobody's, a function as everybody's.
with objects (target, column_name, rights, owner) as (
  select format('schema %I', nspname), null, coalesce(nspacl, acldefault('n', nspowner)), nspowner
  from pg_namespace
  where oid::regnamespace::text = any ($1)
  union all
  select
    format('%s %s', case relkind when 'S' then 'sequence' else 'table' end, oid::regclass), null,
    coalesce(relacl, acldefault(case relkind when 'S' then 's'::"char" else 'r'::"char" end, relowner)), relowner
  from pg_class
  where relkind in ('r', 'p', 'f', 'v', 'm', 'S') and relnamespace::regnamespace::text = any ($1)
  union all
  select format('columns of %s', attrelid::regclass), quote_ident(attname), attacl, relowner
  from pg_attribute
  join pg_class as c on c.oid = attrelid
  where attacl is not null and relnamespace::regnamespace::text = any ($1)
  union all
  select format('function %s', oid::regprocedure), null, coalesce(proacl, acldefault('f', proowner)), proowner
  from pg_proc as p
  where pronamespace::regnamespace::text = any ($1)
    and not exists (
      select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
)
select
  format(
    'grant %s on %s to %s%s',
    lower(privilege_type),
    target,
    case grantee when 0 then 'public' else grantee::regrole::text end,
    case when is_grantable then ' with grant option' end
  ) as identity,
  coalesce(string_agg(column_name, ', ' order by column_name), 'granted') as definition
from objects, aclexplode(rights)
where grantee <> owner
group by 1
