select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '"}', ',' order by t1.n desc
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasPreviousPage":' || (count(*) > $2)
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id, t1.status
        from public.sync_jobs as t1
        where t1.tenant_id = $1
          and t1.id in (
            select distinct on (t2.status) t2.id
            from public.sync_jobs as t2
            where t2.tenant_id = $1
            order by t2.status, t2.records_processed, t2.sync_id, t2.id
          )
        order by t1.records_processed desc, t1.sync_id desc, t1.id desc
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
