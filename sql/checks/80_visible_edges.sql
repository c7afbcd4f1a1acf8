-- rule: 8
-- title: To-one edges that are never null lead to rows that are always visible
-- why: A key that points at a hidden row would fail the whole request, and tell that the row is there.
-- fix: alter table … alter column … set not null, or make the edge nullable in the declaration
select format('%s.%s', entity ->> 'table', edge ->> 'column') as object, flaw.problem
from jsonb_array_elements($1::text::jsonb -> 'entities') as entity
cross join jsonb_array_elements(entity -> 'sure_edges') as edge
left join pg_attribute as col on col.attrelid = to_regclass(entity ->> 'table') and col.attname = edge ->> 'column'
cross join lateral (values
  (not coalesce(col.attnotnull, false), 'may be NULL, and its edge is declared as always there'),
  (
    not (edge -> 'read_by_everyone')::boolean,
    format('its edge is declared as always there, and not every role reads %s', edge ->> 'target')
  )
) as flaw (found, problem)
where to_regclass(entity ->> 'table') is not null and flaw.found
