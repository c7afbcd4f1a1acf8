select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
      order by t1.sync_id, t1.id
      limit $2
      offset $3
    ) as t1
  ) as f1;
