with written as (
  insert into public.analytics_events (tenant_id, event_type, event_name, properties, source, timestamp)
  select $1, r.event_type, r.event_name, coalesce(r.properties, '{}'), r.source, coalesce(r.timestamp, now())
  from json_to_recordset($2::json) as r(event_type text, event_name text, properties jsonb, source text, timestamp timestamptz)
  returning true
)
select count(*) from written;

-- Notes in the log of the tenant ($1) that an operation ($2) was run, on what kind of row ($3), and on which ($4).
select app.audit_operation($1, $2, $3, $4)
;
