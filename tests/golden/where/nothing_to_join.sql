select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t2
        where t2.tenant_id = $1
      )
      || '}'
  ) as f1,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t4
        where t4.tenant_id = $1
          and false
      )
      || '}'
  ) as f2,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t6
        where t6.tenant_id = $1
          and starts_with(t6.email, $2::text)
      )
      || '}'
  ) as f3,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t8
        where t8.tenant_id = $1
          and (true) is not true
      )
      || '}'
  ) as f4;
