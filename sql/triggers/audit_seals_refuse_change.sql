-- A seal is never changed.
create trigger refuse_change before delete or update on public.audit_seals
for each row execute function app.refuse_change()
