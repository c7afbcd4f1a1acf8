select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"startedAtDay":' || to_json(t2.g1)::text
            || ',"status":"' || t2.g2
            || '"},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('day', t2.started_at, $2) as g1, t2.status as g2, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1, g2
          having sum(t2.records_processed) > $3::double precision
          order by g2 desc, m1, g1
          limit $4
        ) as t2
      )
      || ']}'
  ) as f1;
