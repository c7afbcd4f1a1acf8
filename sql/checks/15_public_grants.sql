-- rule: 1
-- title: PUBLIC holds nothing on a table
-- why: PUBLIC is every login of the cluster, of today and of tomorrow.
-- fix: revoke all on … from public
with privilege as (
  select relation.oid, granted.grantee, granted.privilege_type
  from pg_class as relation, aclexplode(relation.relacl) as granted
  union
  select col.attrelid, granted.grantee, granted.privilege_type
  from pg_attribute as col, aclexplode(col.attacl) as granted
)
select relation.oid::regclass::text as object, 'PUBLIC may ' || privilege.privilege_type as problem
from privilege
join pg_class as relation using (oid)
where privilege.grantee = 0
  and relation.relnamespace in ('public'::regnamespace, 'platform'::regnamespace)
  and not exists (
    select from pg_depend as member
    where member.classid = 'pg_class'::regclass and member.objid = relation.oid and member.deptype = 'e'
  )
