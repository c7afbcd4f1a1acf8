select
  (
    select
      '{"connections":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"provider":"' || t2.provider
            || '","syncJobsStats":' || (
              select
                '{"count":' || count(*)
                || ',"groups":[' || (
                  select
                    coalesce(string_agg(
                      '{"keys":{"status":"' || t4.g1
                      || '"},"count":' || t4.m1
                      || '}', ','
                    ), '')
                  from (
                    select t4.status as g1, count(*) as m1
                    from public.sync_jobs as t4
                    where t4.tenant_id = $1
                      and t4.connection_id = t2.id
                      and t4.records_processed > $2
                    group by g1
                    order by g1
                    limit $3
                  ) as t4
                )
                || ']}'
              from public.sync_jobs as t3
              where t3.tenant_id = $1
                and t3.connection_id = t2.id
                and t3.records_processed > $2
            )
            || '}', ','
          ), '')
          || ']}'
        from (
          select t2.provider, t2.id
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
          order by t2.id
          limit $4
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $5
  ) as f1;
