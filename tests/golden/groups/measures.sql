select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.g1
            || '"},"count":' || t2.m1
            || ',"countDistinct":{"connectionId":' || t2.m2
            || '},"sum":{"recordsProcessed":' || coalesce(t2.m3::text, 'null')
            || '},"avg":{"recordsProcessed":' || coalesce(to_json(t2.m4)::text, 'null')
            || '},"max":{"completedAt":' || coalesce(to_json(t2.m5)::text, 'null')
            || '}}', ','
          ), '')
        from (
          select t2.status as g1, count(*) as m1, count(distinct t2.connection_id) as m2, sum(t2.records_processed) as m3, avg(t2.records_processed)::double precision as m4, max(t2.completed_at) as m5
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          order by g1
          limit $2
        ) as t2
      )
      || ']}'
  ) as f1;
