select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.ae48719f",' || t1.o1 || ',"' || t1.provider || '","' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"provider":"' || t1.provider
        || '","syncCount":' || (
          select count(*)
          from public.sync_jobs as t2
          where t2.tenant_id = $1
            and t2.connection_id = t1.id
        )
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.provider, t1.id, t3.o as o1
      from public.connections as t1
      cross join lateral (
        select count(*) as o
        from public.sync_jobs as t4
        where t4.tenant_id = $1
          and t4.connection_id = t1.id
      ) as t3
      where t1.tenant_id = $1
      order by t3.o desc, t1.provider, t1.id
      limit $2
    ) as t1
  ) as f1;
