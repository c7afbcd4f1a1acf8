-- A seal is never changed.
create trigger refuse_truncate before truncate on public.audit_seals
for each statement execute function app.refuse_change()
