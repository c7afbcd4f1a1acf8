with chosen as (
  select t3.id
  from public.sync_jobs as t3
  where t3.tenant_id = $1
    and t3.status = $2
    and exists (
      select from public.connections as t4
      where t4.tenant_id = $1
        and t4.id = t3.connection_id
        and t4.provider = $3
    )
  limit $4 + 1
),
written as (
  update public.sync_jobs as t5
  set 
    status = $5,
    records_processed = t5.records_processed + $6,
    version = t5.version + 1,
    updated_at = now()
  from chosen
  where t5.tenant_id = $1
    and t5.id = chosen.id
    and t5.status = $2
    and exists (
      select from public.connections as t6
      where t6.tenant_id = $1
        and t6.id = t5.connection_id
        and t6.provider = $3
    )
    and (select count(*) from chosen) <= $4
  returning t5.sync_id, t5.status, t5.records_processed, t5.connection_id, t5.id
)
select case when (select count(*) from chosen) <= $4 then (
  select
    '{"count":' || count(*)
    || ',"nodes":[' || coalesce(string_agg(
      '{"syncId":' || to_json(t1.sync_id)::text
      || ',"status":"' || t1.status
      || '","recordsProcessed":' || t1.records_processed
      || ',"connection":' || coalesce(t2.j, 'null')
      || '}', ','
    ), '')
    || ']}'
  from written as t1
  left join lateral (
    select
      '{"provider":"' || t2.provider
      || '"}' as j
    from public.connections as t2
    where t2.tenant_id = $1
      and t2.id = t1.connection_id
    limit 1
  ) as t2 on true
) end;
