select
  (
    select
      '{"id":"' || t1.id
      || '","email":' || to_json(t1.email)::text
      || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
      || ',"role":"' || t1.role
      || '","emailVerified":' || t1.email_verified
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
