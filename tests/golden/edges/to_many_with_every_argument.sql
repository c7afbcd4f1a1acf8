select
  (
    select
      '{"connections":' || (
        select
          '{"totalCount":' || (
            select count(*)
            from (
              select
              from public.connections as t3
              where t3.tenant_id = $1
                and t3.user_id = t1.id
                and t3.status = $2
              limit $3
            ) as t3
          )
          || ',"nodes":[' || coalesce(string_agg(
            '{"provider":"' || t2.provider
            || '"}', ','
          ) filter (where t2.n <= $4), '')
          || '],"pageInfo":{"hasNextPage":' || (count(*) > $4)
          || ',"hasPreviousPage":' || ($5 > 0 and coalesce((
            select true
            from public.connections as t4
            where t4.tenant_id = $1
              and t4.user_id = t1.id
              and t4.status = $2
            order by t4.provider, t4.id
            limit 1
          ), false))
          || '}}'
        from (
          select t2.*, row_number() over () as n
          from (
            select t2.provider
            from public.connections as t2
            where t2.tenant_id = $1
              and t2.user_id = t1.id
              and t2.status = $2
            order by t2.provider, t2.id
            limit $4 + 1
            offset $5
          ) as t2
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $6
  ) as f1;
