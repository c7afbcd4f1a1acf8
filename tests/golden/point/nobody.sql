select
  (
    select
      '{"email":' || to_json(t1.email)::text
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
