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
          having (
            avg(t2.records_processed)::double precision < $2::double precision
            or (starts_with(max(t2.sync_id), $3::text)) is not true
            or (count(*) = $4 and min(t2.started_at) > $5::timestamptz)
          )
          order by g1
          limit $6
        ) as t2
      )
      || ']}'
  ) as f1;
