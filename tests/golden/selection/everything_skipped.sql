select
  (
    select
      '{"nodes":[' || coalesce(string_agg('{}', ','), '')
      || ']}'
    from (
      select
      from public.users as t1
      where t1.tenant_id = $1
      order by t1.id
      limit $2
    ) as t1
  ) as f1,
  (
    select '{}'
  ) as f2;
