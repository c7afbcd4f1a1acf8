select
  (
    select
      '{"address":' || to_json(t1.email)::text
      || ',"links":' || (
        select
          '{"all":[' || coalesce(string_agg(
            '{"service":"' || t2.provider
            || '"}', ','
          ), '')
          || '],"n":' || (
            select count(*)
            from (
              select
              from public.connections as t3
              where t3.tenant_id = $1
                and t3.user_id = t1.id
              limit $2
            ) as t3
          )
          || '}'
        from (
          select t2.provider
          from public.connections as t2
          where t2.tenant_id = $1
            and t2.user_id = t1.id
          order by t2.id
          limit $3
        ) as t2
      )
      || '}'
    from public.users as t1
    where t1.tenant_id = $1
      and t1.id = $4
  ) as f1;
