select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"completedAt":' || coalesce(to_json(t1.completed_at)::text, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id, t1.completed_at
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and t1.id in (
          select distinct on (t2.completed_at) t2.id
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          order by t2.completed_at desc, t2.completed_at desc, t2.sync_id, t2.id
        )
      order by t1.completed_at desc, t1.sync_id, t1.id
      limit $2
    ) as t1
  ) as f1;
