with written as (
  insert into public.integrations as t1 (tenant_id, name, provider)
  values ($1, $3, $4)
  returning t1.name, t1.status, t1.enabled, t1.config
)
select
  '{"name":' || to_json(t1.name)::text
  || ',"status":"' || t1.status
  || '","enabled":' || t1.enabled
  || ',"config":' || t1.config::text
  || ',"tenant":' || coalesce(t2.j, 'null')
  || '}'
from written as t1
left join lateral (
  select
    '{"slug":' || to_json(t2.slug)::text
    || ',"users":' || (
      select
        '{"totalCount":' || (
          select count(*)
          from (
            select
            from public.users as t4
            where t4.tenant_id = $1
            limit $2
          ) as t4
        )
        || '}'
    )
    || '}' as j
  from public.tenants as t2
  where t2.tenant_id = $1
  limit 1
) as t2 on true;
