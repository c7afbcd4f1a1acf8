-- The root of the Merkle tree over these leaves, in their order, as RFC 6962 has it: a node is the hash of a byte 1 and
-- of both of its children; one without a neighbour goes up a level as it is.
create function app.merkle_root(leaves bytea[]) returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  level bytea[] := leaves;
begin
  while cardinality(level) > 1 loop
    level := (
      select array_agg(case when nodes = 2 then sha256('\x01'::bytea || children) else children end order by pair)
      from (
        select (place - 1) / 2 as pair, count(*) as nodes, string_agg(node, '' order by place) as children
        from unnest(level) with ordinality as numbered (node, place)
        group by 1
      ) as pairs
    );
  end loop;
  return level[1];
end
$$
