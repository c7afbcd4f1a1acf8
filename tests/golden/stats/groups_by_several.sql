select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"count":' || t2.m1
            || ',"keys":{"provider":"' || t2.g1
            || '","status":"' || t2.g2
            || '","userId":null}}', ','
          ), '')
        from (
          select t2.provider as g1, t2.status as g2, count(*) as m1
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.status <> $2
          group by g1, g2
          order by g1, g2
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
