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
        and nullif(t1.properties #> $2, 'null') is null
      order by t1.id
      limit $3
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
        and nullif(t2.properties #> $4, 'null') is null
      order by t2.id
      limit $5
    ) as t2
  ) as f2,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"eventName":' || to_json(t3.event_name)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t3.event_name
      from public.analytics_events as t3
      where t3.tenant_id = $1
        and nullif(t3.properties #> $6, 'null') is not null
      order by t3.id
      limit $7
    ) as t3
  ) as f3;
