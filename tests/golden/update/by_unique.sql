with written as (
  update public.users as t1
  set name = $4, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.email = $3
  returning t1.email, t1.name, t1.id
)
select
  '{"email":' || to_json(t1.email)::text
  || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
  || ',"connections":' || (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"provider":"' || t2.provider
        || '"}', ','
      ), '')
      || ']}'
    from (
      select t2.provider
      from public.connections as t2
      where t2.tenant_id = $1
        and t2.user_id = t1.id
      order by t2.id
      limit $2
    ) as t2
  )
  || '}'
from written as t1;
