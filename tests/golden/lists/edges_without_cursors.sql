select
  (
    select
      '{"edges":[' || coalesce(string_agg(
        '{"node":{"email":' || to_json(t1.email)::text
        || '}}', ','
      ), '')
      || ']}'
    from (
      select t1.email
      from public.users as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $2
    ) as t1
  ) as f1;
