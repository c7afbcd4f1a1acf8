with written as (
  insert into public.sync_jobs (tenant_id, connection_id, sync_id, status)
  select $1, r.connection_id, r.sync_id, case when r.g2 then r.status else 'PENDING' end
  from json_to_recordset($2::json) as r(connection_id uuid, sync_id text, status text, g2 boolean)
  returning id
)
select coalesce(array_agg(id), '{}')
from written;

select
  '{"nodes":[' || coalesce(string_agg(
    '{"syncId":' || to_json(t1.sync_id)::text
    || ',"connection":' || coalesce(t2.j, 'null')
    || '}', ',' order by k.n
  ), '')
  || ']}'
from unnest($2::uuid[]) with ordinality as k(id, n)
join public.sync_jobs as t1 on t1.tenant_id = $1 and t1.id = k.id
left join lateral (
  select
    '{"syncJobs":' || (
      select
        '{"totalCount":' || (
          select count(*)
          from (
            select
            from public.sync_jobs as t4
            where t4.tenant_id = $1
              and t4.connection_id = t2.id
              and starts_with(t4.sync_id, $3::text)
            limit $4
          ) as t4
        )
        || '}'
    )
    || '}' as j
  from public.connections as t2
  where t2.tenant_id = $1
    and t2.id = t1.connection_id
  limit 1
) as t2 on true;
