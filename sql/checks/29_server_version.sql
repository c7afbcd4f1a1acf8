-- rule: 2
-- title: The server has the fixes that row-level security needs
-- why: Before them, statistics or reused plans showed rows that policies hide (CVE-2025-8713, CVE-2024-10976, older).
-- fix: update to PostgreSQL 15.14, 16.10, 17.6, 18.0 or later
with server (version) as (
  select current_setting('server_version_num')::int
),
fixed (version) as (
  values (150014), (160010), (170006), (180000)
)
select 'PostgreSQL ' || current_setting('server_version') as object, 'lacks fixes of row-level security' as problem
from server
left join fixed on fixed.version / 10000 = server.version / 10000
where server.version < coalesce(fixed.version, (select max(version) from fixed))
