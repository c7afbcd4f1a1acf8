select
  (
    select
      '{"connections":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"failed":' || (
              select
                '{"nodes":[' || coalesce(string_agg(
                  '{"syncId":' || to_json(t3.sync_id)::text
                  || '}', ','
                ), '')
                || ']}'
              from (
                select t3.sync_id
                from public.sync_jobs as t3
                where t3.tenant_id = $1
                  and t3.connection_id = t2.id
                  and t3.status = $2
                order by t3.sync_id, t3.id
                limit $3
              ) as t3
            )
            || ',"latest":' || (
              select
                '{"nodes":[' || coalesce(string_agg(
                  '{"syncId":' || to_json(t4.sync_id)::text
                  || '}', ','
                ), '')
                || ']}'
              from (
                select t4.sync_id
                from public.sync_jobs as t4
                where t4.tenant_id = $1
                  and t4.connection_id = t2.id
                order by t4.started_at desc, t4.id desc
                limit $4
              ) as t4
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
          limit $5
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.email = $6
  ) as f1;
