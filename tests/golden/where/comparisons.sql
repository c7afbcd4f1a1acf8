select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.sync_jobs as t2
        where t2.tenant_id = $1
          and t2.records_processed > $2
          and t2.records_processed <= $3
      )
      || '}'
  ) as f1,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from public.sync_jobs as t4
        where t4.tenant_id = $1
          and t4.started_at >= $4
          and t4.started_at < $5
      )
      || '}'
  ) as f2;
