select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasPreviousPage":' || coalesce((
        select true
        from public.sync_jobs as t2
        join public.connections as t3 on t3.tenant_id = $1 and t3.id = t2.connection_id
        where t2.tenant_id = $1
          and t3.provider >= $3
          and (t3.provider, t2.records_processed, t2.id) >= ($3, $4, $5)
        order by t3.provider, t2.records_processed, t2.id
        limit 1
      ), false)
      || ',"hasNextPage":' || (count(*) > $2)
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id
        from public.sync_jobs as t1
        join public.connections as t4 on t4.tenant_id = $1 and t4.id = t1.connection_id
        where t1.tenant_id = $1
          and t4.provider <= $3
          and (t4.provider, t1.records_processed, t1.id) < ($3, $4, $5)
        order by t4.provider desc, t1.records_processed desc, t1.id desc
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
