-- Whether any seal of the tenant ($1) lists an entry ($2).
select exists (select from public.audit_seals as seal where seal.tenant_id = $1 and $2 = any (seal.entry_ids))
