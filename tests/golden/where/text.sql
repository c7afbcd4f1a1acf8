select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t2
          where t2.tenant_id = $1
            and strpos(t2.email, $2::text) > 0
          limit $3
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
            and starts_with(t4.email, $4::text)
          limit $5
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
            and right(t6.email, length($6::text)) = $6::text
          limit $7
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
            and strpos(lower(t8.name), lower($8::text)) > 0
          limit $9
        ) as t8
      )
      || '}'
  ) as f4,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t10
          where t10.tenant_id = $1
            and starts_with(lower(t10.name), lower($10::text))
          limit $11
        ) as t10
      )
      || '}'
  ) as f5,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t12
          where t12.tenant_id = $1
            and right(lower(t12.name), length($12::text)) = lower($12::text)
          limit $13
        ) as t12
      )
      || '}'
  ) as f6;
