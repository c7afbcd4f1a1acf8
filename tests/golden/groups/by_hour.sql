select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"completedAtHour":' || coalesce(to_json(t2.g1)::text, 'null')
            || ',"status":"' || t2.g2
            || '","completedAt":null},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('hour', t2.completed_at, $2) as g1, t2.status as g2, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.records_processed < $3
          group by g1, g2
          order by g1, g2
          limit $4
        ) as t2
      )
      || ']}'
  ) as f1;
