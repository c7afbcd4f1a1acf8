-- The platform at work in one tenant ($1), for this transaction: no user, no role in the tenant, 30 seconds.
select app.set_context($1, null, null, 'platform', null, null, 30000)
