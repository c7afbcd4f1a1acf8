select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"completedAtDay":' || coalesce(to_json(t2.g1)::text, 'null')
            || '},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select date_trunc('day', t2.completed_at, $2) as g1, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          order by g1 nulls first
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
