select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '","recordsProcessed":' || t1.records_processed
        || '}', ','
      ), '')
      || '],"pageInfo":{"hasPreviousPage":' || coalesce((
        select true
        from public.sync_jobs as t2
        where t2.tenant_id = $1
          and (t2.status, t2.records_processed, t2.id) >= ($2, $3, $4)
        order by t2.status, t2.records_processed, t2.id
        limit 1
      ), false)
      || '}}'
    from (
      select t1.sync_id, t1.status, t1.records_processed
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and (t1.status, t1.records_processed, t1.id) < ($2, $3, $4)
      order by t1.status desc, t1.records_processed desc, t1.id desc
      limit $5
    ) as t1
  ) as f1;
