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
          having sum(t2.records_processed) >= $2::double precision
            and sum(t2.records_processed) < $3::double precision
            and count(distinct t2.connection_id) = $4::integer
          order by g1
          limit $5
        ) as t2
      )
      || ']}'
  ) as f1;
