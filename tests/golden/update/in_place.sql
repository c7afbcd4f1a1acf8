with written as (
  update public.users as t1
  set 
    functions = t1.functions || $3::text[],
    extra_permissions = array(select value from unnest(t1.extra_permissions) with ordinality as item(value, place) where value <> all($4) order by place),
    preferences = case jsonb_typeof(t1.preferences) when 'object' then t1.preferences else '{}' end || $5::jsonb,
    version = t1.version + 1,
    updated_at = now()
  where t1.tenant_id = $1
    and t1.email = $2
  returning t1.functions, t1.extra_permissions, t1.preferences
)
select
  '{"functions":' || to_json(t1.functions)::text
  || ',"extraPermissions":' || to_json(t1.extra_permissions)::text
  || ',"preferences":' || t1.preferences::text
  || '}'
from written as t1;
