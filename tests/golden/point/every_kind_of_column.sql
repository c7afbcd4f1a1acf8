select
  (
    select
      '{"id":"' || t1.id
      || '","email":' || to_json(t1.email)::text
      || ',"firstName":' || coalesce(to_json(t1.first_name)::text, 'null')
      || ',"functions":' || to_json(t1.functions)::text
      || ',"emailVerified":' || t1.email_verified
      || ',"lastLoginAt":' || coalesce(to_json(t1.last_login_at)::text, 'null')
      || ',"preferences":' || t1.preferences::text
      || ',"seatType":"' || t1.seat_type
      || '"}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $2
  ) as f1,
  (
    select
      '{"id":"' || t2.id
      || '","connectionId":"' || t2.connection_id
      || '","status":"' || t2.status
      || '","recordsProcessed":' || t2.records_processed
      || ',"errors":' || coalesce(t2.errors::text, 'null')
      || ',"startedAt":' || to_json(t2.started_at)::text
      || ',"completedAt":' || coalesce(to_json(t2.completed_at)::text, 'null')
      || '}'
    from public.sync_jobs as t2
    where t2.tenant_id = $1
      and t2.sync_id = $3
  ) as f2,
  (
    select
      '{"metadata":' || coalesce(t3.metadata::text, 'null')
      || '}'
    from public.connections as t3
    where t3.tenant_id = $1
      and t3.id = $4
  ) as f3;
