select t1.tenant_id, t1.id, t1.user_id, t1.provider, t1.connection_id, t1.status, t1.metadata, t1.last_sync_at, t1.version, t1.created_at, t1.updated_at
from public.connections as t1
where t1.tenant_id = $1
  and t1.id = $2
for no key update;

update public.connections as t1
set status = $3, metadata = $4, connection_id = $5, version = t1.version + 1, updated_at = now()
where t1.tenant_id = $1
  and t1.id = $2
returning t1.id;

-- Notes in the log of the tenant ($1) that an operation ($2) was run, on what kind of row ($3), and on which ($4).
select app.audit_operation($1, $2, $3, $4)
;

select
  (
    select
      '{"status":"' || t1.status
      || '","connectionId":' || to_json(t1.connection_id)::text
      || ',"metadata":' || coalesce(t1.metadata::text, 'null')
      || '}'
    from public.connections as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1;
