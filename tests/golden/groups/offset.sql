select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.g1
            || '"},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select t2.status as g1, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          order by m1 desc, g1
          limit $2
          offset $3
        ) as t2
      )
      || ']}'
  ) as f1;
