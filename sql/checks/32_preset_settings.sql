-- rule: 3
-- title: No setting decides before the transaction does
-- why: A context that is set for a role, a database or a session answers for whoever forgets to set one.
-- fix: alter role … [in database …] reset …; alter database … reset …; take it out of postgresql.conf and of
--   DATABASE_URL
select
  coalesce('role ' || nullif(preset.setrole, 0)::regrole, 'every role') as object,
  'has ' || split_part(setting, '=', 1) || ' set in advance' as problem
from pg_db_role_setting as preset
cross join unnest(preset.setconfig) as setting
left join pg_database as here on here.oid = preset.setdatabase
where (preset.setdatabase = 0 or here.datname = current_database())
  and (preset.setrole = 0 or pg_get_userbyid(preset.setrole) in (session_user, current_user, 'bulkhead_app'))
  and (
    setting ~* '^(app\.|session_replication_role=)'
    or setting ~* '^row_security=' and setting !~* '=on$'
  )
union all
select 'this session', format('%s is %s', live.setting, live.problem)
from (values
  ('row_security', 'on', 'off'),
  ('session_replication_role', 'origin', 'not origin: foreign keys and triggers rest'),
  ('app.tenant_id', '', 'set outside a request'),
  ('app.user_id', '', 'set outside a request'),
  ('app.role', '', 'set outside a request')
) as live (setting, expected, problem)
where current_setting(live.setting, true) <> live.expected
