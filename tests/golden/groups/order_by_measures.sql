select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.g1
            || '"},"max":{"completedAt":' || coalesce(to_json(t2.m1)::text, 'null')
            || '}}', ','
          ), '')
        from (
          select t2.status as g1, max(t2.completed_at) as m1, sum(t2.records_processed) as m2
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          order by m1 desc nulls last, m2, g1
          limit $2
        ) as t2
      )
      || ']}'
  ) as f1;
