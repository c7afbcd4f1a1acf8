select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          limit $2
        ) as t2
      )
      || ',"totalCountIsExact":' || (
        select count(*) <= $3
        from (
          select
          from public.sync_jobs as t3
          where t3.tenant_id = $1
          limit $3 + 1
        ) as t3
      )
      || '}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
