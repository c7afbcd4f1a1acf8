select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"completedAt":' || coalesce(to_json(t1.completed_at)::text, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id, t1.completed_at
      from (
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at = $2
            and t1.sync_id = $3
            and t1.id > $4
          order by t1.completed_at, t1.sync_id, t1.id
          limit $5
        )
        union all
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at = $2
            and t1.sync_id > $3
          order by t1.completed_at, t1.sync_id, t1.id
          limit $5
        )
        union all
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at > $2
          order by t1.completed_at, t1.sync_id, t1.id
          limit $5
        )
        union all
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at is null
          order by t1.completed_at, t1.sync_id, t1.id
          limit $5
        )
      ) as t1
      order by t1.completed_at, t1.sync_id, t1.id
      limit $5
    ) as t1
  ) as f1;
