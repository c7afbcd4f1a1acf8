select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and exists (
          select from public.connections as t2
          where t2.tenant_id = $1
            and t2.id = t1.connection_id
            and t2.provider = $2
            and exists (
              select from public.users as t3
              where t3.tenant_id = $1
                and t3.id = t2.user_id
                and starts_with(t3.email, $3::text)
            )
        )
      order by t1.sync_id, t1.id
      limit $4
    ) as t1
  ) as f1;
