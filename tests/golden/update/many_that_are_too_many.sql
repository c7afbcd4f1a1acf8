with chosen as (
  select t2.id
  from public.users as t2
  where t2.tenant_id = $1
  limit $2 + 1
),
written as (
  update public.users as t3
  set name = $3, version = t3.version + 1, updated_at = now()
  from chosen
  where t3.tenant_id = $1
    and t3.id = chosen.id
    and (select count(*) from chosen) <= $2
  returning t3.id
)
select case when (select count(*) from chosen) <= $2 then (
  select
    '{"count":' || count(*)
    || '}'
  from written as t1
) end;
