select
  (
    select
      '{"connections":' || (
        select
          '{"totalCount":' || (
            select count(*)
            from (
              select
              from public.connections as t3
              where t3.tenant_id = $1
                and t3.user_id = t1.id
              limit $2
            ) as t3
          )
          || ',"nodes":[' || coalesce(string_agg(
            '{"provider":"' || t2.provider
            || '"}', ','
          ), '')
          || ']}'
        from (
          select t2.provider
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
          order by t2.id
          limit $3
        ) as t2
      )
      || ',"email":' || to_json(t1.email)::text
      || ',"name":' || coalesce(to_json(t1.name)::text, 'null')
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $4
  ) as f1;
