-- rule: 6
-- title: No function of ours claims to be leakproof
-- why: Postgres runs a LEAKPROOF function on rows before the policies are asked.
-- fix: alter function … not leakproof
select oid::regprocedure::text as object, 'is LEAKPROOF' as problem
from pg_proc
where proleakproof and pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
