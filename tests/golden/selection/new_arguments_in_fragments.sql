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
                  '{"keys":{"day":' || to_json(t3.g1)::text
                  || '},"n":' || t3.m1
                  || '}', ','
                ), '')
              from (
                select date_trunc('day', t3.started_at, $2) as g1, count(*) as m1
                from public.sync_jobs as t3
                where t3.tenant_id = $1
                  and t3.connection_id = t1.id
                group by g1
                order by g1
                limit $3
              ) as t3
            )
            || ']}'
        )
        || '}', ','
      ), '')
      || '],"totalCountIsExact":' || (
        select count(*) <= $4
        from (
          select
          from public.connections as t4
          where t4.tenant_id = $1
            and t4.id in (
              select distinct on (t5.status) t5.id
              from public.connections as t5
              join public.users as t6 on t6.tenant_id = $1 and t6.id = t5.user_id
              where t5.tenant_id = $1
              order by t5.status desc, t6.email desc, t5.id desc
            )
          limit $4 + 1
        ) as t4
      )
      || '}'
    from (
      select t1.provider, t1.id
      from public.connections as t1
      join public.users as t7 on t7.tenant_id = $1 and t7.id = t1.user_id
      where t1.tenant_id = $1
        and t1.id in (
          select distinct on (t8.status) t8.id
          from public.connections as t8
          join public.users as t9 on t9.tenant_id = $1 and t9.id = t8.user_id
          where t8.tenant_id = $1
          order by t8.status desc, t9.email desc, t8.id desc
        )
      order by t7.email desc, t1.id desc
      limit $5
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t10.provider
        || '","syncJobsStats":' || (
          select
            '{"groups":[' || (
              select
                coalesce(string_agg(
                  '{"keys":{"day":' || to_json(t12.g1)::text
                  || '},"n":' || t12.m1
                  || '}', ','
                ), '')
              from (
                select date_trunc('day', t12.started_at, $6) as g1, count(*) as m1
                from public.sync_jobs as t12
                where t12.tenant_id = $1
                  and t12.connection_id = t10.id
                group by g1
                order by g1
                limit $7
              ) as t12
            )
            || ']}'
        )
        || '}', ','
      ), '')
      || '],"totalCountIsExact":' || (
        select count(*) <= $8
        from (
          select
          from public.connections as t13
          where t13.tenant_id = $1
          limit $8 + 1
        ) as t13
      )
      || '}'
    from (
      select t10.provider, t10.id
      from public.connections as t10
      cross join lateral (
        select count(*) as o
        from public.sync_jobs as t15
        where t15.tenant_id = $1
          and t15.connection_id = t10.id
      ) as t14
      where t10.tenant_id = $1
      order by t14.o, t10.provider desc, t10.id desc
      limit $9
    ) as t10
  ) as f2;
