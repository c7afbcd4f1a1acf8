select
  (
    select
      '{"connections":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"syncJobs":' || (
              select
                '{"nodes":[' || coalesce(string_agg(
                  '{"syncId":' || to_json(t3.sync_id)::text
                  || ',"status":"' || t3.status
                  || '"}', ','
                ), '')
                || '],"totalCount":' || (
                  select count(*)
                  from (
                    select
                    from public.sync_jobs as t4
                    where t4.tenant_id = $1
                      and t4.connection_id = t2.id
                      and t4.id in (
                        select distinct on (t5.status) t5.id
                        from public.sync_jobs as t5
                        where t5.tenant_id = $1
                          and t5.connection_id = t2.id
                        order by t5.status desc, t5.sync_id desc, t5.id desc
                      )
                    limit $2
                  ) as t4
                )
                || '}'
              from (
                select t3.sync_id, t3.status
                from public.sync_jobs as t3
                where t3.tenant_id = $1
                  and t3.connection_id = t2.id
                  and t3.id in (
                    select distinct on (t6.status) t6.id
                    from public.sync_jobs as t6
                    where t6.tenant_id = $1
                      and t6.connection_id = t2.id
                    order by t6.status desc, t6.sync_id desc, t6.id desc
                  )
                order by t3.sync_id desc, t3.id desc
                limit $3
              ) as t3
            )
            || '}', ','
          ), '')
          || ']}'
        from (
          select t2.id
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
      and t1.email = $5
  ) as f1;
