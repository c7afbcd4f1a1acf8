select
  (
    select '{"pageInfo":{"hasPreviousPage":false}}'
  ) as f1
where $1::uuid is not null;
