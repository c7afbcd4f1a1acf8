select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"properties":' || t1.properties::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.properties
      from public.analytics_events as t1
      where t1.tenant_id = $1
        and (
          jsonb_typeof(nullif(t1.properties #> $2, 'null')) = jsonb_typeof($3::jsonb)
          and nullif(t1.properties #> $2, 'null') > $3::jsonb
        )
        and (
          jsonb_typeof(nullif(t1.properties #> $2, 'null')) = jsonb_typeof($4::jsonb)
          and nullif(t1.properties #> $2, 'null') <= $4::jsonb
        )
      order by t1.id
      limit $5
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"properties":' || t2.properties::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t2.properties
      from public.analytics_events as t2
      where t2.tenant_id = $1
        and (
          jsonb_typeof(nullif(t2.properties #> $6, 'null')) = jsonb_typeof($7::jsonb)
          and nullif(t2.properties #> $6, 'null') > $7::jsonb
        )
      order by t2.id
      limit $8
    ) as t2
  ) as f2;
