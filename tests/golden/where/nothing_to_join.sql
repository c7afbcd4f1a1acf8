select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t2
          where t2.tenant_id = $1
          limit $2
        ) as t2
      )
      || '}'
  ) as f1,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t4
          where t4.tenant_id = $1
            and false
          limit $3
        ) as t4
      )
      || '}'
  ) as f2,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t6
          where t6.tenant_id = $1
            and starts_with(t6.email, $4::text)
          limit $5
        ) as t6
      )
      || '}'
  ) as f3,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t8
          where t8.tenant_id = $1
            and (true) is not true
          limit $6
        ) as t8
      )
      || '}'
  ) as f4;
