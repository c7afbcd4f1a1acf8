select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"displayName":' || to_json((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)))::text
        || '}', ','
      ), '')
      || '],"pageInfo":{"hasPreviousPage":' || coalesce((
        select true
        from public.users as t2
        where t2.tenant_id = $1
          and ((coalesce(t2.name, nullif(concat_ws(' ', t2.first_name, t2.last_name), ''), t2.email)), t2.id) >= ($2, $3)
        order by (coalesce(t2.name, nullif(concat_ws(' ', t2.first_name, t2.last_name), ''), t2.email)), t2.id
        limit 1
      ), false)
      || '}}'
    from (
      select t1.name, t1.first_name, t1.last_name, t1.email
      from public.users as t1
      where t1.tenant_id = $1
        and ((coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)), t1.id) < ($2, $3)
      order by (coalesce(t1.name, nullif(concat_ws(' ', t1.first_name, t1.last_name), ''), t1.email)) desc, t1.id desc
      limit $4
    ) as t1
  ) as f1;
