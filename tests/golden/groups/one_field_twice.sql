select
  (
    select
      '{"many":[' || (
        select
          coalesce(string_agg(
            '{"n":' || t2.m1
            || ',"keys":{"state":"' || t2.g1
            || '"},"min":{"first":' || coalesce(to_json(t2.m2)::text, 'null')
            || '}}', ','
          ), '')
        from (
          select t2.status as g1, count(*) as m1, min(t2.sync_id) as m2
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          having count(*) > $2
          order by g1
          limit $3
        ) as t2
      )
      || '],"few":[' || (
        select
          coalesce(string_agg(
            '{"n":' || t3.m1
            || ',"keys":{"state":"' || t3.g1
            || '","status":"' || t3.g1
            || '","__typename":"SyncJobGroupKeys"},"min":{"first":' || coalesce(to_json(t3.m2)::text, 'null')
            || '}}', ','
          ), '')
        from (
          select t3.status as g1, count(*) as m1, min(t3.sync_id) as m2
          from public.sync_jobs as t3
          where t3.tenant_id = $1
          group by g1
          having count(*) <= $4
          order by g1
          limit $5
        ) as t3
      )
      || ']}'
  ) as f1;
