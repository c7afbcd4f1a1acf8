select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"name":' || coalesce(to_json(t1.name)::text, 'null')
        || ',"firstName":' || coalesce(to_json(t1.first_name)::text, 'null')
        || ',"displayName":' || to_json((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)))::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.name, t1.first_name, t1.last_name, t1.email
      from public.users as t1
      where t1.tenant_id = $1
        and starts_with((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)), $2::text)
      order by t1.id
      limit $3
    ) as t1
  ) as f1;
