select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t1.provider
        || '","syncJobsStats":' || (
          select
            '{"groups":[' || (
              select
                coalesce(string_agg(
                  '{"keys":{"status":"' || t3.g1
                  || '"},"sum":{"recordsProcessed":' || coalesce(t3.m1::text, 'null')
                  || '}}', ','
                ), '')
              from (
                select t3.status as g1, sum(t3.records_processed) as m1
                from public.sync_jobs as t3
                where t3.tenant_id = $1
                  and t3.connection_id = t1.id
                group by g1
                having count(*) > $2
                order by g1 desc
                limit $3
              ) as t3
            )
            || ']}'
        )
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.provider, t1.id
      from public.connections as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
