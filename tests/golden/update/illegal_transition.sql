with chosen as (
  select t2.id
  from public.sync_jobs as t2
  where t2.tenant_id = $1
    and t2.status = $2
  limit $3 + 1
),
written as (
  update public.sync_jobs as t3
  set status = $4, version = t3.version + 1, updated_at = now()
  from chosen
  where t3.tenant_id = $1
    and t3.id = chosen.id
    and t3.status = $2
    and (select count(*) from chosen) <= $3
  returning t3.id
)
select case when (select count(*) from chosen) <= $3 then (
  select
    '{"count":' || count(*)
    || '}'
  from written as t1
) end;
