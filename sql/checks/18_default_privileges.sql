-- rule: 1
-- title: Tables of the future are granted to nobody by default
-- why: The next table would be open before its policies are there.
-- fix: alter default privileges for role … revoke all on tables, sequences, functions from bulkhead_app, bulkhead_search,
--   public
select
  'defaults of ' || future.defaclrole::regrole || coalesce(' in schema ' || schema.nspname, '') as object,
  case granted.grantee when 0 then 'PUBLIC' else granted.grantee::regrole::text end
    || format(' will hold %s on new %s', granted.privilege_type, kind.name) as problem
from pg_default_acl as future
cross join aclexplode(future.defaclacl) as granted
join (values
  ('r'::"char", 'tables'),
  ('S', 'sequences'),
  ('f', 'functions'),
  ('T', 'types'),
  ('n', 'schemas'),
  ('L', 'large objects')
) as kind (letter, name) on kind.letter = future.defaclobjtype
left join pg_namespace as schema on schema.oid = future.defaclnamespace
where granted.grantee in ('bulkhead_app'::regrole, 'bulkhead_search'::regrole) and granted.grantee <> future.defaclrole
  -- What PUBLIC holds on functions and types anyway stands in every such entry; 93 asks which functions are callable.
  or (granted.grantee = 0 and future.defaclobjtype not in ('f', 'T'))
