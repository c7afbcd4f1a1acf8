-- What will be granted on objects yet to be made.
select
  format(
    'automatic grants of %s in %s on new %s',
    defaclrole::regrole,
    case defaclnamespace when 0 then 'every schema' else defaclnamespace::regnamespace::text end,
    case defaclobjtype
      when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas'
    end
  ) as identity,
  defaclacl::text as definition
from pg_default_acl
where defaclnamespace = 0 or defaclnamespace::regnamespace::text = any ($1)
