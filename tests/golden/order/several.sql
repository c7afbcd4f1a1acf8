select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"status":"' || t1.status
        || '","recordsProcessed":' || t1.records_processed
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.status, t1.records_processed
      from public.sync_jobs as t1
      where t1.tenant_id = $1
      order by t1.status desc, t1.records_processed, t1.id
      limit $2
    ) as t1
  ) as f1;
