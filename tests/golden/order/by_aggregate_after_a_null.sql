select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || '}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasPreviousPage":' || coalesce((
        select true
        from public.users as t2
        cross join lateral (
          select min(t4.connection_id) as o
          from public.connections as t4
          where t4.tenant_id = $1
            and t4.user_id = t2.id
        ) as t3
        where t2.tenant_id = $1
          and (t3.o is null and (t2.email < $3 or (t2.email = $3 and t2.id <= $4)))
        order by t3.o desc nulls last, t2.email desc, t2.id desc
        limit 1
      ), false)
      || ',"hasNextPage":' || (count(*) > $2)
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.email
        from public.users as t1
        cross join lateral (
          select min(t6.connection_id) as o
          from public.connections as t6
          where t6.tenant_id = $1
            and t6.user_id = t1.id
        ) as t5
        where t1.tenant_id = $1
          and (t5.o is not null or (t5.o is null and (t1.email > $3 or (t1.email = $3 and t1.id > $4))))
        order by t5.o nulls first, t1.email, t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
