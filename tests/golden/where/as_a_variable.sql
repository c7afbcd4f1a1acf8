select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and t1.status = $2
        and (t1.records_processed > $3 or right(t1.sync_id, length($4::text)) = $4::text)
      order by t1.records_processed desc, t1.sync_id, t1.id
      limit $5
    ) as t1
  ) as f1;
