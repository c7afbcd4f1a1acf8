-- Retires the tenant's ($1) keys but for the newest. Whoever seals with one just now is waited for.
update public.data_keys as t1
set retired_at = now()
where t1.tenant_id = $1
  and t1.retired_at is null
  and t1.number < (select max(t2.number) from public.data_keys as t2 where t2.tenant_id = $1)
