select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.records_processed > $2
            and t2.records_processed <= $3
          limit $4
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
            and t4.started_at >= $5
            and t4.started_at < $6
          limit $7
        ) as t4
      )
      || '}'
  ) as f2;
