select t1.id
from public.integrations as t1
where t1.tenant_id = $1
  and t1.provider = $2
for no key update;

-- The tenant's ($1) key to seal with, held against retirement until the transaction ends. No row when there is none, or
-- when it was retired while this waited for it.
select t1.number, t1.master_key, t1.wrapped
from public.data_keys as t1
where t1.tenant_id = $1
  and t1.retired_at is null
order by t1.number desc
limit 1
for share
;

with written as (
  update public.integrations as t1
  set credentials = $3, version = t1.version + 1, updated_at = now()
  where t1.tenant_id = $1
    and t1.provider = $2
  returning t1.name, t1.has_credentials
)
select
  '{"name":' || to_json(t1.name)::text
  || ',"hasCredentials":' || t1.has_credentials
  || '}'
from written as t1;
