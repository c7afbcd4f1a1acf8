with written as (
  delete from public.connections as t1
  where t1.tenant_id = $1
    and t1.id = $3
  returning t1.provider, t1.id, t1.user_id
)
select
  '{"provider":"' || t1.provider
  || '","syncJobsStats":' || (
    select
      '{"count":' || count(*)
      || '}'
    from public.sync_jobs as t2
    where t2.tenant_id = $1
      and t2.connection_id = t1.id
  )
  || ',"user":' || coalesce(t3.j, 'null')
  || '}'
from written as t1
left join lateral (
  select
    '{"connections":' || (
      select
        '{"totalCount":' || (
          select count(*)
          from (
            select
            from public.connections as t5
            where t5.tenant_id = $1
              and t5.user_id = t3.id
            limit $2
          ) as t5
        )
        || '}'
    )
    || '}' as j
  from public.users as t3
  where t3.tenant_id = $1
    and t3.id = t1.user_id
  limit 1
) as t3 on true;
