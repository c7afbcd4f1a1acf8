select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ',' order by t1.n desc
      ), '')
      || ']}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
        order by t1.sync_id desc, t1.id desc
        limit $2
      ) as t1
    ) as t1
  ) as f1;
