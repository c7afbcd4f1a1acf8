select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":' || to_json(t1.provider)::text
        || ',"enabled":' || t1.enabled
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.provider, t1.enabled
      from public.integrations as t1
      where t1.tenant_id = $1
        and t1.enabled = $2
        and t1.last_sync_at is null
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
