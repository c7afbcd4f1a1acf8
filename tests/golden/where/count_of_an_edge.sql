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
      where t1.tenant_id = $1
        and (
          select count(*)
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
        ) = $2
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
