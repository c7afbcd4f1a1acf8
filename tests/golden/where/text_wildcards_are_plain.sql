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
  ) as f1;
