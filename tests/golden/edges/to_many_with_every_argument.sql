select
  (
    select
      '{"connections":' || (
        select
          '{"totalCount":' || (
            select count(*)
            from public.connections as t3
            where t3.tenant_id = $1
              and t3.user_id = t1.id
              and t3.status = $2
          )
          || ',"nodes":[' || coalesce(string_agg(
            '{"provider":"' || t2.provider
            || '"}', ',' order by t2.n
          ) filter (where t2.n <= $3), '')
          || '],"pageInfo":{"hasNextPage":' || (count(*) > $3)
          || ',"hasPreviousPage":' || ($4 > 0 and exists (
            select from public.connections as t4
            where t4.tenant_id = $1
              and t4.user_id = t1.id
              and t4.status = $2
          ))
          || '}}'
        from (
          select
            t2.*,
            row_number() over () as n
          from (
            select t2.provider
            from public.connections as t2
            where t2.tenant_id = $1
              and t2.user_id = t1.id
              and t2.status = $2
            order by t2.provider, t2.id
            limit $3 + 1
            offset $4
          ) as t2
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $5
  ) as f1;
