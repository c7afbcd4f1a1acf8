select
  (
    select
      '{"count":' || count(*)
      || ',"avg":{"recordsProcessed":' || coalesce(to_json(avg(t1.records_processed)::double precision)::text, 'null')
      || '},"max":{"syncId":' || coalesce(to_json(max(t1.sync_id))::text, 'null')
      || '}}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
      and exists (
        select from public.connections as t2
        where t2.tenant_id = $1
          and t2.id = t1.connection_id
          and t2.provider = $2
      )
      and t1.records_processed > $3
  ) as f1;
