select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"eventName":' || to_json(t1.event_name)::text
        || ',"properties":' || t1.properties::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.event_name, t1.properties
      from public.analytics_events as t1
      where t1.tenant_id = $1
        and t1.properties @> $2::jsonb
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
