select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"cursor":"' || replace(encode(convert_to('["2.02ea948a","' || t1.o1 || '",' || t1.records_processed || ',"' || t1.id || '"]', 'UTF8'), 'base64'), E'\n', '')
        || '","node":{"syncId":' || to_json(t1.sync_id)::text
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id, t2.provider as o1, t1.records_processed, t1.id
      from public.sync_jobs as t1
      join public.connections as t2 on t2.tenant_id = $1 and t2.id = t1.connection_id
      where t1.tenant_id = $1
      order by t2.provider desc, t1.records_processed desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
