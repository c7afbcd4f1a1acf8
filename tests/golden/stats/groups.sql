select
  (
    select
      '{"count":' || count(*)
      || ',"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.status
            || '"},"count":' || t2.n
            || '}', ','
          ), '')
        from (
          select t2.status, count(*) as n
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by t2.status
          order by t2.status
          limit $2
        ) as t2
      )
      || ']}'
    from public.sync_jobs as t1
    where t1.tenant_id = $1
  ) as f1;
