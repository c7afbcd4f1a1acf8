select
  (
    select '{"__typename":"UserConnection","pageInfo":{"__typename":"PageInfo"}}'
  ) as f1
where $1::uuid is not null;
