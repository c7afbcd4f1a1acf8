-- Whether every text of a list has so many characters, and matches a pattern. What is null is not asked: a bound, the
-- pattern, an item. A CHECK has no words of its own for every item of a list.
create function app.each_fits(items text[], shortest integer, longest integer, pattern text) returns boolean
language sql immutable parallel safe
return not exists (
  select from unnest(items) as item
  where char_length(item) < shortest or char_length(item) > longest or item !~ pattern
)
