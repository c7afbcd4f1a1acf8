select
  (
    select
      '{"count":' || count(*)
      || '}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
  ) as f1;
