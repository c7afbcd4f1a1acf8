select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasNextPage":' || (count(*) > $2)
      || ',"hasPreviousPage":' || ($3 > 0 and coalesce((
        select true
        from public.sync_jobs as t2
        where t2.tenant_id = $1
        order by t2.sync_id, t2.id
        limit 1
      ), false))
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
        order by t1.sync_id, t1.id
        limit $2 + 1
        offset $3
      ) as t1
    ) as t1
  ) as f1;
