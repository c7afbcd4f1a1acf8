select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || t1.c
        || '","node":{"syncId":' || to_json(t1.sync_id)::text
        || '}}', ',' order by t1.n desc
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasNextPage":' || coalesce((
        select true
        from public.sync_jobs as t2
        where t2.tenant_id = $1
          and (t2.sync_id, t2.id) >= ($3, $4)
        order by t2.sync_id, t2.id
        limit 1
      ), false)
      || ',"hasPreviousPage":' || (count(*) > $2)
      || ',"startCursor":' || coalesce('"' || (array_agg(t1.c order by t1.n desc) filter (where t1.n <= $2))[1] || '"', 'null')
      || ',"endCursor":' || coalesce('"' || (array_agg(t1.c order by t1.n) filter (where t1.n <= $2))[1] || '"', 'null')
      || '}}'
    from (
      select
        t1.*,
        row_number() over () as n,
        translate(encode(convert_to('["2.bca52bdb",' || to_json(t1.sync_id)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '') as c
      from (
        select t1.sync_id, t1.id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
          and (t1.sync_id, t1.id) < ($3, $4)
        order by t1.sync_id desc, t1.id desc
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
