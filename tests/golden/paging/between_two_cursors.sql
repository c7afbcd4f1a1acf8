select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasNextPage":' || (
        (count(*) > $2)
        or coalesce((
          select true
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and (t2.sync_id, t2.id) >= ($3, $4)
          order by t2.sync_id, t2.id
          limit 1
        ), false)
      )
      || ',"hasPreviousPage":' || coalesce((
        select true
        from public.sync_jobs as t3
        where t3.tenant_id = $1
          and (t3.sync_id, t3.id) <= ($5, $6)
        order by t3.sync_id desc, t3.id desc
        limit 1
      ), false)
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
          and (t1.sync_id, t1.id) < ($3, $4)
          and (t1.sync_id, t1.id) > ($5, $6)
        order by t1.sync_id, t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
