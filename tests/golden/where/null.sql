select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.completed_at is null
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
          from public.sync_jobs as t4
          where t4.tenant_id = $1
            and t4.completed_at is not null
            and t4.errors is null
          limit $3
        ) as t4
      )
      || '}'
  ) as f2;
