select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"completedAt":' || coalesce(to_json(t1.completed_at)::text, 'null')
        || '}', ','
      ), '')
      || '],"pageInfo":{"hasPreviousPage":' || (
        coalesce((
          select true
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.completed_at is null
            and t2.sync_id = $2
            and t2.id <= $3
          order by t2.completed_at desc, t2.sync_id desc, t2.id desc
          limit 1
        ), false)
        or coalesce((
          select true
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.completed_at is null
            and t2.sync_id < $2
          order by t2.completed_at desc, t2.sync_id desc, t2.id desc
          limit 1
        ), false)
      )
      || '}}'
    from (
      select t1.sync_id, t1.completed_at
      from (
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at is null
            and t1.sync_id = $2
            and t1.id > $3
          order by t1.completed_at, t1.sync_id, t1.id
          limit $4
        )
        union all
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at is null
            and t1.sync_id > $2
          order by t1.completed_at, t1.sync_id, t1.id
          limit $4
        )
        union all
        (
          select t1.sync_id, t1.completed_at, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.completed_at is not null
          order by t1.completed_at, t1.sync_id, t1.id
          limit $4
        )
      ) as t1
      order by t1.completed_at nulls first, t1.sync_id, t1.id
      limit $4
    ) as t1
  ) as f1;
