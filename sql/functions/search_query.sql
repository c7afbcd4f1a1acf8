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
$$
