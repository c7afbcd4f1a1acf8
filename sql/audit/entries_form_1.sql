-- Entries ($2) of the tenant ($1): the id, then what their hash is made of in form 1, in its order.
select
  id, tenant_id::text, id::text, actor_user_id::text, actor_type, actor_role, actor_external_id, level, action,
  target_type, target_id, changes::text, message, meta::text, ip_address, user_agent, request_id,
  trim_scale(extract(epoch from created_at) * 1000000)::text, xid::text
from public.audit_logs
where tenant_id = $1 and id = any ($2)
