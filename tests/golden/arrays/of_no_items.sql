select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t2
          where t2.tenant_id = $1
            and t2.functions @> $2
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
            and t4.functions && $4
          limit $5
        ) as t4
      )
      || '}'
  ) as f2;
