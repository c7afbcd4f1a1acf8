-- The audit log is append-only.
create trigger refuse_truncate before truncate on public.audit_logs
for each statement execute function app.refuse_change()
