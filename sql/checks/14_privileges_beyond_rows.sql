-- rule: 1
-- title: Requests hold no privilege that row-level security does not govern
-- why: TRUNCATE empties every tenant, a foreign key of one's own (REFERENCES) probes for rows, a trigger sees them;
--   and who may pass a grant on decides for others.
-- fix: revoke truncate, references, trigger on … from bulkhead_app, public (from 17 on also maintain); revoke grant
--   option for …
with privilege as (
  select relation.oid, granted.*
  from pg_class as relation, aclexplode(relation.relacl) as granted
  union all
  select col.attrelid, granted.*
  from pg_attribute as col, aclexplode(col.attacl) as granted
)
select distinct
  oid::regclass::text as object,
  case grantee when 0 then 'PUBLIC' else 'bulkhead_app' end || ' may ' || privilege_type
    || case when is_grantable then ', and grant it to others' else '' end as problem
from privilege
where grantee in (0, 'bulkhead_app'::regrole)
  and (is_grantable or privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'))
