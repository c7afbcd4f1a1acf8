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
  ) as f1;
