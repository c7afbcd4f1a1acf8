select
  (
    select
      '{"pageInfo":{"startCursor":' || coalesce('"' || (array_agg(t1.c order by t1.n))[1] || '"', 'null')
      || '}}'
    from (
      select
        t1.*,
        row_number() over () as n,
        translate(encode(convert_to('["2.6192afbb","' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '') as c
      from (
        select t1.id
        from public.sync_jobs as t1
        where t1.tenant_id = $1
        order by t1.id
        limit $2
      ) as t1
    ) as t1
  ) as f1;
