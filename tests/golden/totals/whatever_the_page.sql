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
            and t2.status = $2
          limit $3
        ) as t2
      )
      || '}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and t1.status = $2
        and (t1.sync_id, t1.id) > ($4, $5)
      order by t1.sync_id, t1.id
      limit $6
      offset $7
    ) as t1
  ) as f1;
