select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ) filter (where t1.n <= $2), '')
      || '],"pageInfo":{"hasNextPage":' || (count(*) > $2)
      || ',"hasPreviousPage":false,"startCursor":' || coalesce('"' || replace(encode(convert_to('["2.6192afbb","' || (array_agg(t1.id) filter (where t1.n <= $2))[1] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || ',"endCursor":' || coalesce('"' || replace(encode(convert_to('["2.6192afbb","' || (array_agg(t1.id) filter (where t1.n <= $2))[least(count(*), $2)::int] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || '}}'
    from (
      select t1.*, row_number() over () as n
      from (
        select t1.sync_id, t1.id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
        order by t1.id
        limit $2 + 1
      ) as t1
    ) as t1
  ) as f1;
