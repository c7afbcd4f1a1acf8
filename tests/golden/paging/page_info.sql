select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.bca52bdb",' || to_json(t1.sync_id)::text || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"syncId":' || to_json(t1.sync_id)::text
        || '}}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasNextPage":' || (count(*) > $2)
      || ',"hasPreviousPage":' || coalesce((
        select true
        from public.sync_jobs as t2
        where t2.tenant_id = $1
          and (t2.sync_id, t2.id) <= ($3, $4)
        order by t2.sync_id desc, t2.id desc
        limit 1
      ), false)
      || ',"startCursor":' || coalesce('"' || replace(encode(convert_to('["2.bca52bdb",' || to_json((array_agg(t1.sync_id) filter (where t1.n <= $2))[1])::text || ',"' || (array_agg(t1.id) filter (where t1.n <= $2))[1] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || ',"endCursor":' || coalesce('"' || replace(encode(convert_to('["2.bca52bdb",' || to_json((array_agg(t1.sync_id) filter (where t1.n <= $2))[least(count(*), $2)::int])::text || ',"' || (array_agg(t1.id) filter (where t1.n <= $2))[least(count(*), $2)::int] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id, t1.id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
          and (t1.sync_id, t1.id) > ($3, $4)
        order by t1.sync_id, t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
