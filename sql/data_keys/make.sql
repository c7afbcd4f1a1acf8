-- The tenant's ($1) next key, wrapped ($3) by a master key ($2). Who makes it at the same time is waited for, and then
-- this does nothing.
insert into public.data_keys as t1 (tenant_id, number, master_key, wrapped)
select $1, coalesce(max(t2.number), 0) + 1, $2::text, $3::text
from public.data_keys as t2
where t2.tenant_id = $1
on conflict (tenant_id, number) do nothing
