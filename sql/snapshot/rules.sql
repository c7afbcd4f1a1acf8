-- Rewrite rules: nobody makes them here, and one could send writes elsewhere.
select format('rule %I on %s', rulename, ev_class::regclass) as identity, pg_get_ruledef(r.oid) as definition
from pg_rewrite as r
join pg_class as c on c.oid = ev_class
where rulename <> '_RETURN' and c.relnamespace::regnamespace::text = any ($1)
