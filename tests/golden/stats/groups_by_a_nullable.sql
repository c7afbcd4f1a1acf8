select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"completedAt":' || coalesce(to_json(t2.completed_at)::text, 'null')
            || ',"status":"' || t2.status
            || '"},"count":' || t2.n
            || '}', ','
          ), '')
        from (
          select t2.completed_at, t2.status, count(*) as n
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.records_processed < $2
          group by t2.completed_at, t2.status
          order by t2.completed_at, t2.status
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
