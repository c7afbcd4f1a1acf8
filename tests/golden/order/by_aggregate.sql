select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.b00d689e",' || coalesce(to_json(t1.o1)::text, 'null') || ',' || t1.o2 || ',"' || t1.provider || '","' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"provider":"' || t1.provider
        || '"}}', ','
      ), '')
      || ']}'
    from (
      select t1.provider, t2.o as o1, t4.o as o2, t1.id
      from public.connections as t1
      cross join lateral (
        select avg(t3.records_processed)::double precision as o
        from public.sync_jobs as t3
        where t3.tenant_id = $1
          and t3.connection_id = t1.id
      ) as t2
      cross join lateral (
        select count(distinct t5.status) as o
        from public.sync_jobs as t5
        where t5.tenant_id = $1
          and t5.connection_id = t1.id
      ) as t4
      where t1.tenant_id = $1
      order by t2.o desc, t4.o, t1.provider desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
