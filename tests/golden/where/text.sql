select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t2
        where t2.tenant_id = $1
          and strpos(t2.email, $2::text) > 0
      )
      || '}'
  ) as f1,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t4
        where t4.tenant_id = $1
          and starts_with(t4.email, $3::text)
      )
      || '}'
  ) as f2,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t6
        where t6.tenant_id = $1
          and right(t6.email, length($4::text)) = $4::text
      )
      || '}'
  ) as f3,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t8
        where t8.tenant_id = $1
          and strpos(lower(t8.name), lower($5::text)) > 0
      )
      || '}'
  ) as f4,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t10
        where t10.tenant_id = $1
          and starts_with(lower(t10.name), lower($6::text))
      )
      || '}'
  ) as f5,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.users as t12
        where t12.tenant_id = $1
          and right(lower(t12.name), length($7::text)) = lower($7::text)
      )
      || '}'
  ) as f6;
