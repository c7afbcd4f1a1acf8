select
  (
    select
      '{"pageInfo":{"hasNextPage":' || (count(*) > $2)
      || '}}'
    from (
      select
      from public.sync_jobs as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $2 + 1
    ) as t1
  ) as f1;
