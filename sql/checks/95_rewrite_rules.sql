-- rule: 9
-- title: No table has a rewrite rule
-- why: What a rule adds to a statement runs with the rights of the table's owner.
-- fix: drop rule … on …
select rule.ev_class::regclass || ' ' || rule.rulename as object, 'is a rule on a table' as problem
from pg_rewrite as rule
join pg_class as relation on relation.oid = rule.ev_class and relation.relkind in ('r', 'p')
where relation.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
