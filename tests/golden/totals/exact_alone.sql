select
  (
    select
      '{"totalCountIsExact":' || (
        select count(*) <= $3
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.status = $2
          limit $3 + 1
        ) as t2
      )
      || '}'
  ) as f1;
