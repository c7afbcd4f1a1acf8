select
  (
    select
      '{"count":' || count(*)
      || ',"countDistinct":{"status":' || count(distinct t1.status)
      || '},"sum":{"recordsProcessed":' || coalesce(sum(t1.records_processed)::text, 'null')
      || '},"avg":{"recordsProcessed":' || coalesce(to_json(avg(t1.records_processed)::double precision)::text, 'null')
      || '},"min":{"startedAt":' || coalesce(to_json(min(t1.started_at))::text, 'null')
      || ',"syncId":' || coalesce(to_json(min(t1.sync_id))::text, 'null')
      || '},"groups":[' || (
        select
          coalesce(string_agg(
            '{"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select t2.status as g1, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and false
          group by g1
          order by g1
          limit $2
        ) as t2
      )
      || ']}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
      and false
  ) as f1;
