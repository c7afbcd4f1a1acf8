select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"startedAtDay":' || to_json(t2.g1)::text
            || '},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('day', t2.started_at, $2) as g1, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          order by g1
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1,
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"startedAtDay":' || to_json(t4.g1)::text
            || '},"count":' || t4.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('day', t4.started_at, $4) as g1, count(*) as m1
          from public.sync_jobs as t4
          where t4.tenant_id = $1
          group by g1
          order by g1
          limit $5
        ) as t4
      )
      || ']}'
  ) as f2,
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"startedAtHour":' || to_json(t6.g1)::text
            || '},"count":' || t6.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('hour', t6.started_at, $6) as g1, count(*) as m1
          from public.sync_jobs as t6
          where t6.tenant_id = $1
          group by g1
          order by g1
          limit $7
        ) as t6
      )
      || ']}'
  ) as f3;
