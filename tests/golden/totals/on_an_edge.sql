select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || ',"connections":' || (
          select
            '{"totalCount":' || (
              select count(*)
              from (
                select
                from public.connections as t3
                where t3.tenant_id = $1
                  and t3.user_id = t1.id
                limit $2
              ) as t3
            )
            || ',"totalCountIsExact":' || (
              select count(*) <= $3
              from (
                select
                from public.connections as t4
                where t4.tenant_id = $1
                  and t4.user_id = t1.id
                limit $3 + 1
              ) as t4
            )
            || '}'
        )
        || '}', ','
      ), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t5
          where t5.tenant_id = $1
            and (
              select count(*)
              from public.connections as t6
              where t6.tenant_id = $1
                and t6.user_id = t5.id
            ) > $4
          limit $5
        ) as t5
      )
      || '}'
    from (
      select t1.email, t1.id
      from public.users as t1
      where t1.tenant_id = $1
        and (
          select count(*)
          from public.connections as t7
          where t7.tenant_id = $1
            and t7.user_id = t1.id
        ) > $4
      order by t1.id
      limit $6
    ) as t1
  ) as f1;
