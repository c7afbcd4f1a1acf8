select
  (
    select
      '{"syncId":' || to_json(t1.sync_id)::text
      || ',"connection":' || coalesce((
        select
          '{"provider":"' || t2.provider
          || '","user":' || coalesce((
            select
              '{"email":' || to_json(t3.email)::text
              || ',"tenant":' || coalesce((
                select
                  '{"slug":' || to_json(t4.slug)::text
                  || '}'
                from public.tenants as t4
                where t4.tenant_id = $1
              ), 'null')
              || '}'
            from public.users as t3
            where t3.tenant_id = $1
              and t3.id = t2.user_id
          ), 'null')
          || '}'
        from public.connections as t2
        where t2.tenant_id = $1
          and t2.id = t1.connection_id
      ), 'null')
      || '}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
