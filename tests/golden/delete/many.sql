with chosen as (
  select t5.id
  from public.sync_jobs as t5
  where t5.tenant_id = $1
    and t5.sync_id = $3
  limit $4 + 1
),
written as (
  delete from public.sync_jobs as t6
  using chosen
  where t6.tenant_id = $1
    and t6.id = chosen.id
    and t6.sync_id = $3
    and (select count(*) from chosen) <= $4
  returning t6.sync_id, t6.status, t6.connection_id, t6.id
)
select case when (select count(*) from chosen) <= $4 then (
  select
    '{"count":' || count(*)
    || ',"nodes":[' || coalesce(string_agg(
      '{"syncId":' || to_json(t1.sync_id)::text
      || ',"status":"' || t1.status
      || '","connection":' || coalesce(t2.j, 'null')
      || '}', ','
    ), '')
    || ']}'
  from written as t1
  left join lateral (
    select
      '{"provider":"' || t2.provider
      || '","syncJobs":' || (
        select
          '{"totalCount":' || (
            select count(*)
            from (
              select
              from public.sync_jobs as t4
              where t4.tenant_id = $1
                and t4.connection_id = t2.id
              limit $2
            ) as t4
          )
          || '}'
      )
      || '}' as j
    from public.connections as t2
    where t2.tenant_id = $1
      and t2.id = t1.connection_id
    limit 1
  ) as t2 on true
) end;
