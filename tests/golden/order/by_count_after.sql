select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email
      from public.users as t1
      cross join lateral (
        select count(*) as o
        from public.connections as t3
        where t3.tenant_id = $1
          and t3.user_id = t1.id
      ) as t2
      where t1.tenant_id = $1
        and (t2.o < $2 or (t2.o = $2 and (t1.email > $3 or (t1.email = $3 and t1.id > $4))))
      order by t2.o desc, t1.email, t1.id
      limit $5
    ) as t1
  ) as f1;
