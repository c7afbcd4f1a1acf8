-- Columns: type, whether NULL is allowed, default. Their order is left out: a column that is added later comes last.
select format('%s %s.%I', facet.name, c.oid::regclass, a.attname) as identity, facet.definition
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_collation as l on l.oid = a.attcollation and l.collname <> 'default'
cross join lateral (
  values
    (
      'column',
      concat_ws(
        ' ', format_type(a.atttypid, a.atttypmod), 'collate ' || l.collname,
        'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, '')
      )
    ),
    ('nullability', case when a.attnotnull then 'not null' else 'null' end),
    ('default', pg_get_expr(d.adbin, d.adrelid))
) as facet (name, definition)
where c.relkind in ('r', 'p', 'f', 'v', 'm') and c.relnamespace::regnamespace::text = any ($1)
  and a.attnum > 0 and not a.attisdropped and facet.definition is not null
