select
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t2
          where t2.tenant_id = $1
            and t2.role = any ($2)
          limit $3
        ) as t2
      )
      || ',"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t1.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email
      from public.users as t1
      where t1.tenant_id = $1
        and t1.role = any ($2)
      order by t1.email, t1.id
      limit $4
    ) as t1
  ) as f1;
