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
        and exists (
          select from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
            and t2.status = $2
            and exists (
              select from public.sync_jobs as t3
              where t3.tenant_id = $1
                and t3.connection_id = t2.id
                and t3.status = $3
            )
        )
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
