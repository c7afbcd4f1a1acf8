select
  (
    select
      '{"__typename":"UserConnection","edges":[' || coalesce(string_agg(
        '{"__typename":"UserEdge","node":{"__typename":"User","connections":' || (
          select
            '{"__typename":"ConnectionConnection","nodes":[' || coalesce(string_agg('{"__typename":"Connection"}', ','), '')
            || '],"pageInfo":{"__typename":"PageInfo"}}'
          from (
            select
            from public.connections as t2
            where t2.tenant_id = $1
              and t2.user_id = t1.id
            order by t2.id
            limit $3
          ) as t2
        )
        || '}}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"__typename":"PageInfo","hasNextPage":' || (count(*) > $2)
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.id
        from public.users as t1
        where t1.tenant_id = $1
        order by t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1,
  (
    select
      '{"__typename":"Connection","user":' || coalesce(t4.j, 'null')
      || '}'
    from public.connections as t3
    left join lateral (
      select '{"__typename":"User"}' as j
      from public.users as t4
      where t4.tenant_id = $1
        and t4.id = t3.user_id
      limit 1
    ) as t4 on true
    where t3.tenant_id = $1
      and t3.id = $4
  ) as f2,
  (
    select
      '{"__typename":"ConnectionStats","count":' || count(*)
      || ',"groups":[' || (
        select
          coalesce(string_agg(
            '{"__typename":"ConnectionGroup","keys":{"__typename":"ConnectionGroupKeys","provider":"' || t6.g1
            || '"}}', ','
          ), '')
        from (
          select t6.provider as g1
          from public.connections as t6
          where t6.tenant_id = $1
          group by g1
          order by g1
          limit $5
        ) as t6
      )
      || ']}'
    from public.connections as t5
    where t5.tenant_id = $1
  ) as f3;
