with written as (
  update public.notes as t1
  set deleted_at = now(), version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1 and t1.deleted_at is null
    and t1.id = $2
  returning t1.title, t1.deleted_at, t1.author_id
)
select
  '{"title":' || to_json(t1.title)::text
  || ',"deletedAt":' || coalesce(to_json(t1.deleted_at)::text, 'null')
  || ',"author":' || coalesce(t2.j, 'null')
  || '}'
from written as t1
left join lateral (
  select
    '{"name":' || to_json(t2.name)::text
    || '}' as j
  from public.authors as t2
  where t2.tenant_id = $1 and t2.deleted_at is null
    and t2.id = t1.author_id
  limit 1
) as t2 on true;
with chosen as (
  select t2.id
  from public.notes as t2
  where t2.tenant_id = $1 and t2.deleted_at is null
    and t2.stars < $2
  limit $3 + 1
),
written as (
  update public.notes as t3
  set deleted_at = now(), version = t3.version + 1, updated_at = now()
  from chosen
  where t3.tenant_id = $1 and t3.deleted_at is null
    and t3.id = chosen.id
    and t3.stars < $2
    and (select count(*) from chosen) <= $3
  returning t3.id
)
select case when (select count(*) from chosen) <= $3 then (
  select
    '{"count":' || count(*)
    || '}'
  from written as t1
) end;
with written as (
  update public.notes as t1
  set deleted_at = null, version = case when t1.deleted_at is null then t1.version else t1.version + 1 end, updated_at = case when t1.deleted_at is null then t1.updated_at else now() end
  where t1.tenant_id = $1
    and t1.id = $2
  returning t1.title, t1.author_id
)
select
  '{"title":' || to_json(t1.title)::text
  || ',"author":' || coalesce(t2.j, 'null')
  || '}'
from written as t1
left join lateral (
  select
    '{"name":' || to_json(t2.name)::text
    || '}' as j
  from public.authors as t2
  where t2.tenant_id = $1 and t2.deleted_at is null
    and t2.id = t1.author_id
  limit 1
) as t2 on true;
with written as (
  update public.notes as t1
  set title = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1 and t1.deleted_at is null
    and t1.id = $2
  returning t1.title
)
select
  '{"title":' || to_json(t1.title)::text
  || '}'
from written as t1;
with written as (
  insert into public.authors as t1 (tenant_id, name)
  values ($1, $2)
  on conflict (tenant_id, name) where deleted_at is null do update
  set name = t1.name
  returning t1.id
)
select
  '{"id":"' || t1.id
  || '"}'
from written as t1;
with written as (
  insert into public.authors as t1 (tenant_id, id, name)
  values ($1, $2, $3)
  on conflict (tenant_id, id) do update
  set name = $3
  where t1.deleted_at is null
  returning t1.name
)
select
  '{"name":' || to_json(t1.name)::text
  || '}'
from written as t1;
