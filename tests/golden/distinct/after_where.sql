select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '"}', ','
      ), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.records_processed < $2
            and t2.id in (
              select distinct on (t3.status) t3.id
              from public.sync_jobs as t3
              where t3.tenant_id = $1
                and t3.records_processed < $2
              order by t3.status desc, t3.sync_id desc, t3.id desc
            )
          limit $3
        ) as t2
      )
      || '}'
    from (
      select t1.sync_id, t1.status
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and t1.records_processed < $2
        and t1.id in (
          select distinct on (t4.status) t4.id
          from public.sync_jobs as t4
          where t4.tenant_id = $1
            and t4.records_processed < $2
          order by t4.status desc, t4.sync_id desc, t4.id desc
        )
      order by t1.sync_id desc, t1.id desc
      limit $4
    ) as t1
  ) as f1;
