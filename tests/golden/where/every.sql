select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.connections as t2
          where t2.tenant_id = $1
            and not exists (
              select from public.sync_jobs as t3
              where t3.tenant_id = $1
                and t3.connection_id = t2.id
                and (t3.records_processed < $2 and t3.completed_at is not null) is not true
            )
          limit $3
        ) as t2
      )
      || '}'
  ) as f1;
