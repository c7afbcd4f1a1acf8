-- Enters a tenant ($1), to seal its log: for nobody in particular, and for so many milliseconds a statement ($2).
select app.set_context($1, null, null, 'audit-seal', null, null, $2)
