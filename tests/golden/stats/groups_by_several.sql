select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"count":' || t2.n
            || ',"keys":{"provider":"' || t2.provider
            || '","status":"' || t2.status
            || '","userId":null}}', ','
          ), '')
        from (
          select t2.provider, t2.status, count(*) as n
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.status <> $2
          group by t2.provider, t2.status
          order by t2.provider, t2.status
          limit $3
        ) as t2
      )
      || ']}'
  ) as f1;
