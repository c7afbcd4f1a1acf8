-- The audit log is append-only.
create trigger refuse_change before delete or update on public.audit_logs
for each row execute function app.refuse_change()
