select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"heading":' || to_json(upper(t1.title))::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.title
      from public.notes as t1
      where t1.tenant_id = $1 and t1.deleted_at is null
        and t1.tags @> $2
        and t1.tags && $3
        and cardinality(t1.tags) > 0
        and $4 = any (t1.moods)
        and t1.extra @> $5::jsonb
        and (
          jsonb_typeof(nullif(t1.extra #> $6, 'null')) = jsonb_typeof($7::jsonb)
          and nullif(t1.extra #> $6, 'null') >= $7::jsonb
        )
        and nullif(t1.extra #> $6, 'null') is distinct from $8::jsonb
        and nullif(t1.extra #> $6, 'null') = any ($9::jsonb[])
        and starts_with(upper(t1.title), $10::text)
      order by (t1.stars / nullif(cardinality(t1.pages), 0)) desc nulls last, t1.id desc
      limit $11
    ) as t1
  ) as f1;
