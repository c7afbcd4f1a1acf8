-- Notes in the log of the tenant ($1) that an operation ($2) was run, on what kind of row ($3), and on which ($4).
select app.audit_operation($1, $2, $3, $4)
