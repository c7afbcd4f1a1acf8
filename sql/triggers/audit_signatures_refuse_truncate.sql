-- A signature is never changed.
create trigger refuse_truncate before truncate on public.audit_signatures
for each statement execute function app.refuse_change()
