select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.errors is null
          limit $2
        ) as t2
      )
      || '}'
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"metadata":' || coalesce(t3.metadata::text, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t3.metadata
      from public.connections as t3
      where t3.tenant_id = $1
        and t3.metadata is not null
        and t3.metadata @> $3::jsonb
      order by t3.id
      limit $4
    ) as t3
  ) as f2;
