select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '","recordsProcessed":' || t1.records_processed
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id, t1.status, t1.records_processed
      from (
        (
          select t1.sync_id, t1.status, t1.records_processed, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.status = $2
            and t1.records_processed = $3
            and t1.id > $4
          order by t1.status desc, t1.records_processed, t1.id
          limit $5
        )
        union all
        (
          select t1.sync_id, t1.status, t1.records_processed, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.status = $2
            and t1.records_processed > $3
          order by t1.status desc, t1.records_processed, t1.id
          limit $5
        )
        union all
        (
          select t1.sync_id, t1.status, t1.records_processed, t1.id
          from public.sync_jobs as t1
          where t1.tenant_id = $1
            and t1.status < $2
          order by t1.status desc, t1.records_processed, t1.id
          limit $5
        )
      ) as t1
      order by t1.status desc, t1.records_processed, t1.id
      limit $5
    ) as t1
  ) as f1;
