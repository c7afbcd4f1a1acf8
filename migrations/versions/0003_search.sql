-- Frozen. Later changes are later revisions.

-- After a row changed: one audit entry with the fields that changed, before and after.
-- Arguments: the entity's name, its name in actions, the key column, then the columns whose values are secret.
-- SECURITY DEFINER because requests may read the log but never write to it.
create or replace function app.audit_row() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  old_row jsonb := case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end;
  new_row jsonb := case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end;
  some_row jsonb := case when tg_op = 'DELETE' then old_row else new_row end;
  secrets text[] := tg_argv[3:];
  before jsonb;
  after jsonb;
begin
  -- A key that is missing counts as null: of a new or deleted row, only what had a value is told.
  select
    jsonb_object_agg(key, case when key = any (secrets) and was <> 'null' then '"***"' else was end),
    jsonb_object_agg(key, case when key = any (secrets) and became <> 'null' then '"***"' else became end)
  into before, after
  from (
    select key, coalesce(old_row -> key, 'null') as was, coalesce(new_row -> key, 'null') as became
    from jsonb_object_keys(some_row) as key
    where key not in ('tenant_id', 'created_at', 'updated_at', 'search_vector')
  ) as field
  where was <> became;

  if before is null then
    return null;
  end if;
  perform app.audit_entry(
    (some_row ->> 'tenant_id')::uuid,
    tg_argv[0],
    tg_argv[1] || case tg_op when 'INSERT' then '.created' when 'UPDATE' then '.updated' else '.deleted' end,
    some_row ->> tg_argv[2],
    case tg_op
      when 'INSERT' then jsonb_build_object('after', after)
      when 'DELETE' then jsonb_build_object('before', before)
      else jsonb_build_object('before', before, 'after', after)
    end,
    '{}'
  );
  return null;
end
$$;

-- A text that somebody searches for, as a query: words, "phrases", or, -not. With `prefix`, its last word may go on.
-- Of any text it makes a query and raises nothing; of a text without words, the empty query, which finds nothing.
create function app.search_query(language regconfig, query text, prefix boolean) returns tsquery
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  -- 500 characters, lowered, stay within the 2 kB that a word of a query may have.
  asked text := left(query, 500);
  words tsquery;
begin
  -- Postgres stacks what negates a word, 32 deep: with more hyphens than that, they are none but hyphens.
  if length(asked) - length(replace(asked, '-', '')) > 30 then
    asked := replace(asked, '-', ' ');
  end if;
  words := websearch_to_tsquery(language, asked);
  if prefix then
    -- As text, a query ends with its last word in quotes; behind it there can only be parentheses.
    words := regexp_replace(words::text, '''([ )]*)$', ''':*\1')::tsquery;
  end if;
  return words;
end
$$;

revoke all on function app.search_query(regconfig,text,boolean) from public;

grant execute on function app.current_role_name() to bulkhead_search;

grant execute on function app.current_tenant() to bulkhead_search;

grant execute on function app.search_query(regconfig,text,boolean) to bulkhead_app;

grant execute on function app.search_query(regconfig,text,boolean) to bulkhead_search;

