-- Seals entries of the tenant ($1).
select seal_number, seal_chain, is_full, has_more from app.seal_audit($1)
