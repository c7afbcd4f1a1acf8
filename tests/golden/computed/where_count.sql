select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t1.provider
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t1.provider
      from public.connections as t1
      where t1.tenant_id = $1
        and (
          select count(*)
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.connection_id = t1.id
        ) > $2
        and exists (
          select from public.users as t3
          where t3.tenant_id = $1
            and t3.id = t1.user_id
            and (coalesce(t3.name, nullif(concat_ws(' ', t3.first_name, t3.last_name), ''), t3.email)) = $3
        )
      order by t1.id
      limit $4
    ) as t1
  ) as f1;
