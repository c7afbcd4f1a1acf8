select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.id in (
              select distinct on (t3.status) t3.id
              from public.sync_jobs as t3
              where t3.tenant_id = $1
              order by t3.status, t3.id
            )
          limit $2
        ) as t2
      )
      || '}'
  ) as f1;
