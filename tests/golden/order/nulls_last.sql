select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"completedAt":' || coalesce(to_json(t1.completed_at)::text, 'null')
        || '}', ',' order by t1.n desc
      ), '')
      || ']}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id, t1.completed_at
        from (
          (
            select t1.sync_id, t1.completed_at, t1.id
            from public.sync_jobs as t1
            where t1.tenant_id = $1
              and t1.completed_at is null
            order by t1.completed_at, t1.sync_id desc, t1.id desc
            limit $2
          )
          union all
          (
            select t1.sync_id, t1.completed_at, t1.id
            from public.sync_jobs as t1
            where t1.tenant_id = $1
              and t1.completed_at is not null
            order by t1.completed_at, t1.sync_id desc, t1.id desc
            limit $2
          )
        ) as t1
        order by t1.completed_at nulls first, t1.sync_id desc, t1.id desc
        limit $2
      ) as t1
    ) as t1
  ) as f1;
