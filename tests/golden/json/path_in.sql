select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"eventName":' || to_json(t1.event_name)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.event_name
      from public.analytics_events as t1
      where t1.tenant_id = $1
        and nullif(t1.properties #> $2, 'null') = any ($3::jsonb[])
      order by t1.id
      limit $4
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"eventName":' || to_json(t2.event_name)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t2.event_name
      from public.analytics_events as t2
      where t2.tenant_id = $1
        and (nullif(t2.properties #> $5, 'null') = any ($6::jsonb[])) is not true
      order by t2.id
      limit $7
    ) as t2
  ) as f2;
