select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.82479278",' || t1.records_processed || ',' || to_json(t1.sync_id)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"syncId":' || to_json(t1.sync_id)::text
        || ',"status":"' || t1.status
        || '"}}', ','
      ) filter (where t1.n <= $2), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.id in (
              select distinct on (t3.status) t3.id
              from public.sync_jobs as t3
              where t3.tenant_id = $1
              order by t3.status, t3.records_processed, t3.sync_id, t3.id
            )
          limit $3
        ) as t2
      )
      || ',"totalCountIsExact":' || (
        select count(*) <= $4
        from (
          select
          from public.sync_jobs as t4
          where t4.tenant_id = $1
            and t4.id in (
              select distinct on (t5.status) t5.id
              from public.sync_jobs as t5
              where t5.tenant_id = $1
              order by t5.status, t5.records_processed, t5.sync_id, t5.id
            )
          limit $4 + 1
        ) as t4
      )
      || ',"pageInfo":{"hasPreviousPage":' || coalesce((
        select true
        from public.sync_jobs as t6
        where t6.tenant_id = $1
          and t6.id in (
            select distinct on (t7.status) t7.id
            from public.sync_jobs as t7
            where t7.tenant_id = $1
            order by t7.status, t7.records_processed, t7.sync_id, t7.id
          )
          and (t6.records_processed, t6.sync_id, t6.id) <= ($5, $6, $7)
        order by t6.records_processed desc, t6.sync_id desc, t6.id desc
        limit 1
      ), false)
      || ',"hasNextPage":' || (count(*) > $2)
      || ',"endCursor":' || coalesce('"' || replace(encode(convert_to('["2.82479278",' || (array_agg(t1.records_processed) filter (where t1.n <= $2))[least(count(*), $2)::int] || ',' || to_json((array_agg(t1.sync_id) filter (where t1.n <= $2))[least(count(*), $2)::int])::text || ',"' || (array_agg(t1.id) filter (where t1.n <= $2))[least(count(*), $2)::int] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id, t1.status, t1.records_processed, t1.id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
          and t1.id in (
            select distinct on (t8.status) t8.id
            from public.sync_jobs as t8
            where t8.tenant_id = $1
            order by t8.status, t8.records_processed, t8.sync_id, t8.id
          )
          and (t1.records_processed, t1.sync_id, t1.id) > ($5, $6, $7)
        order by t1.records_processed, t1.sync_id, t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
