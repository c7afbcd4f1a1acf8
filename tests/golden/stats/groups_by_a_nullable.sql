select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"completedAt":' || coalesce(to_json(t2.g1)::text, 'null')
            || ',"status":"' || t2.g2
            || '"},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select t2.completed_at as g1, t2.status as g2, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.records_processed < $2
          group by g1, g2
          order by g1, g2
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
