select
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"keys":{"status":"' || t2.g1
            || '"}}', ','
          ), '')
        from (
          select t2.status as g1
          from public.sync_jobs as t2
          where t2.tenant_id = $1
          group by g1
          having max(t2.completed_at) is distinct from $2::timestamptz
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
            '{"keys":{"status":"' || t4.g1
            || '"}}', ','
          ), '')
        from (
          select t4.status as g1
          from public.sync_jobs as t4
          where t4.tenant_id = $1
          group by g1
          having max(t4.completed_at) < $4::timestamptz
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
            '{"keys":{"status":"' || t6.g1
            || '"}}', ','
          ), '')
        from (
          select t6.status as g1
          from public.sync_jobs as t6
          where t6.tenant_id = $1
          group by g1
          having max(t6.completed_at) is null
          order by g1
          limit $6
        ) as t6
      )
      || ']}'
  ) as f3;
