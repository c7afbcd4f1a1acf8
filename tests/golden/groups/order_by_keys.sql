select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.g2
            || '","connectionId":"' || t2.g1
            || '"},"count":' || t2.m1
            || '}', ','
          ), '')
        from (
          select t2.connection_id as g1, t2.status as g2, count(*) as m1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1, g2
          order by g2 desc, g1
          limit $2
        ) as t2
      )
      || ']}'
  ) as f1;
