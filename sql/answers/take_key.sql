-- Takes a key ($2) for a request with this fingerprint ($3) of the tenant ($1). No row when it stands for another
-- request, or for this one; whoever takes it just now is waited for.
insert into public.kept_answers as t1 (tenant_id, key, fingerprint)
values ($1, $2, $3)
on conflict (tenant_id, key) do update
set fingerprint = excluded.fingerprint, data = null, errors = null, kept_until = excluded.kept_until
where t1.kept_until < now()
returning true
