select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t2
          where t2.tenant_id = $1
            and t2.role = any ($2)
          limit $3
        ) as t2
      )
      || '}'
  ) as f1;
