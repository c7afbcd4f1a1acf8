select
  (
    select
      '{"syncId":' || to_json(t1.sync_id)::text
      || ',"connection":' || coalesce(t2.j, 'null')
      || '}'
    from public.sync_jobs as t1
    left join lateral (
      select
        '{"provider":"' || t2.provider
        || '","user":' || coalesce(t3.j, 'null')
        || '}' as j
      from public.connections as t2
      left join lateral (
        select
          '{"email":' || to_json(t3.email)::text
          || ',"tenant":' || coalesce(t4.j, 'null')
          || '}' as j
        from public.users as t3
        left join lateral (
          select
            '{"slug":' || to_json(t4.slug)::text
            || '}' as j
          from public.tenants as t4
          where t4.tenant_id = $1
          limit 1
        ) as t4 on true
        where t3.tenant_id = $1
          and t3.id = t2.user_id
        limit 1
      ) as t3 on true
      where t2.tenant_id = $1
        and t2.id = t1.connection_id
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
