select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id, t1.status
      from public.sync_jobs as t1
      join public.connections as t2 on t2.tenant_id = $1 and t2.id = t1.connection_id
      where t1.tenant_id = $1
        and t1.id in (
          select distinct on (t3.status) t3.id
          from public.sync_jobs as t3
          join public.connections as t4 on t4.tenant_id = $1 and t4.id = t3.connection_id
          where t3.tenant_id = $1
          order by t3.status desc, t4.provider desc, t3.sync_id desc, t3.id desc
        )
      order by t2.provider desc, t1.sync_id desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
