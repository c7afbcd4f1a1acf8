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
      join public.connections as t2 on t2.tenant_id = $1 and t2.id = t1.connection_id
      join public.users as t3 on t3.tenant_id = $1 and t3.id = t2.user_id
      where t1.tenant_id = $1
      order by t3.email desc, t2.provider, t1.sync_id desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
