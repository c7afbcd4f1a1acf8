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
        and not exists (
          select from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
        )
      order by t1.email, t1.id
      limit $2
    ) as t1
  ) as f1;
