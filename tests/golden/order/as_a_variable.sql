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
      join public.connections as t2 on t2.tenant_id = $1 and t2.id = t1.connection_id
      where t1.tenant_id = $1
        and t2.provider >= $2
        and (t2.provider > $2 or (t2.provider = $2 and (t1.completed_at is null and t1.id < $3)))
      order by t2.provider, t1.completed_at desc nulls last, t1.id desc
      limit $4
    ) as t1
  ) as f1;
