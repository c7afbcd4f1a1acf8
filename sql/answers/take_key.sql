-- Takes a key ($2) for a request with this fingerprint ($3) of the tenant ($1). No row when somebody has it already;
-- whoever takes it just now is waited for.
insert into public.kept_answers (tenant_id, key, fingerprint)
values ($1, $2, $3)
on conflict (tenant_id, key) do nothing
returning true
