-- Enters a tenant ($1), to read its log, for as long as it takes.
select app.set_reader($1, null, null, 0)
