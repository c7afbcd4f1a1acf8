select
  (
    select
      '{"email":' || to_json(t1.email)::text
      || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.email = $2
  ) as f1;
