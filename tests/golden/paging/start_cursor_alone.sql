select
  (
    select
      '{"pageInfo":{"startCursor":' || coalesce('"' || replace(encode(convert_to('["2.6192afbb","' || (array_agg(t1.id))[1] || '"]', 'UTF8'), 'base64'), E'\n', '') || '"', 'null')
      || '}}'
    from (
      select t1.id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $2
    ) as t1
  ) as f1;
