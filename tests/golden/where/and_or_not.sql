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
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and (
          (t1.status = $2 and t1.records_processed >= $3)
          or ((t1.status = any ($4)) is not true and (t1.completed_at < $5) is not true)
        )
      order by t1.sync_id, t1.id
      limit $6
    ) as t1
  ) as f1;
