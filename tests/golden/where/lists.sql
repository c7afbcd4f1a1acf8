select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"syncId":' || to_json(t1.sync_id)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.sync_id
      from public.sync_jobs as t1
      where t1.tenant_id = $1
        and t1.sync_id = any ($2)
      order by t1.sync_id, t1.id
      limit $3
    ) as t1
  ) as f1,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t3
          where t3.tenant_id = $1
            and t3.sync_id = any ($4)
          limit $5
        ) as t3
      )
      || '}'
  ) as f2,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.sync_jobs as t5
          where t5.tenant_id = $1
            and t5.status <> all ($6)
          limit $7
        ) as t5
      )
      || '}'
  ) as f3,
  (
    select
      '{"totalCount":' || (
        select count(*)
        from (
          select
          from public.users as t7
          where t7.tenant_id = $1
            and (t7.first_name = any ($8)) is not true
          limit $9
        ) as t7
      )
      || '}'
  ) as f4;
