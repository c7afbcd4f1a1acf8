select
  (
    select '{"min":{"__typename":"UserExtremes"}}'
  ) as f1
where $1::uuid is not null;
