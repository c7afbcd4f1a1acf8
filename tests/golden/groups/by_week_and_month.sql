select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"startedAtWeek":' || to_json(t2.g1)::text
            || ',"startedAtMonth":' || to_json(t2.g2)::text
            || ',"startedAtDay":null},"sum":{"recordsProcessed":' || coalesce(t2.m1::text, 'null')
            || '}}', ','
          ), '')
        from (
          select date_trunc('week', t2.started_at, $2) as g1, date_trunc('month', t2.started_at, $2) as g2, sum(t2.records_processed) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1, g2
          order by g1, g2
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
