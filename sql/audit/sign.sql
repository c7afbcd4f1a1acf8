-- Adds a signature ($3) to a seal ($2) of the tenant ($1).
select app.sign_audit_seal($1, $2, $3)
