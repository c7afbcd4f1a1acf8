select
  (
    select
      '{"connectionId":' || to_json(t1.connection_id)::text
      || ',"user":' || coalesce(t2.j, 'null')
      || ',"status":"' || t1.status
      || '","id":"' || t1.id
      || '"}'
    from public.connections as t1
    left join lateral (
      select
        '{"email":' || to_json(t2.email)::text
        || ',"name":' || coalesce(to_json(t2.name)::text, 'null')
        || '}' as j
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = t1.user_id
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
