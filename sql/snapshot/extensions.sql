-- Extensions whose types our columns have. What else a server has installed is none of our business.
select distinct format('extension %I', e.extname) as identity, 'installed' as definition
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_depend as d on d.classid = 'pg_type'::regclass and d.objid = a.atttypid and d.deptype = 'e'
join pg_extension as e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text = any ($1) and not a.attisdropped
