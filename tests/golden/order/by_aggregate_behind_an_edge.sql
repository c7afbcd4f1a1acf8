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
        join public.connections as t2 on t2.tenant_id = $1 and t2.id = t1.connection_id
        cross join lateral (
          select sum(t4.records_processed) as o
          from public.sync_jobs as t4
          where t4.tenant_id = $1
            and t4.connection_id = t2.id
        ) as t3
        cross join lateral (
          select count(*) as o
          from public.sync_jobs as t6
          where t6.tenant_id = $1
            and t6.connection_id = t2.id
        ) as t5
        where t1.tenant_id = $1
        order by t3.o, t5.o desc, t1.sync_id desc, t1.id desc
        limit $2
      ) as t1
    ) as t1
  ) as f1;
