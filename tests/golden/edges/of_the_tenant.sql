select
  (
    select
      '{"slug":' || to_json(t1.slug)::text
      || ',"features":' || to_json(t1.features)::text
      || ',"users":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"email":' || to_json(t2.email)::text
            || '}', ','
          ), '')
          || ']}'
        from (
          select t2.email
          from public.users as t2
          where t2.tenant_id = $1
          order by t2.email, t2.id
          limit $2
        ) as t2
      )
      || ',"syncJobsStats":' || (
        select
          '{"count":' || count(*)
          || '}'
        from public.sync_jobs as t3
        where t3.tenant_id = $1
      )
      || '}'
    from public.tenants as t1
    where t1.tenant_id = $1
      and t1.tenant_id = $3
  ) as f1;
