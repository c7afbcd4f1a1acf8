select
  (
    select
      '{"email":' || to_json(t1.email)::text
      || ',"connections":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"provider":"' || t2.provider
            || '","status":"' || t2.status
            || '"}', ','
          ), '')
          || ']}'
        from (
          select t2.provider, t2.status
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
          order by t2.id
          limit $2
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $3
  ) as f1;
