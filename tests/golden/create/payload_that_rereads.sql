insert into public.connections as t1 (tenant_id, id, user_id, provider, connection_id)
values ($1, $2, $3, $4, $5)
returning t1.id;

select
  (
    select
      '{"provider":"' || t1.provider
      || '","user":' || coalesce(t2.j, 'null')
      || '}'
    from public.connections as t1
    left join lateral (
      select
        '{"email":' || to_json(t2.email)::text
        || ',"connections":' || (
          select
            '{"totalCount":' || (
              select count(*)
              from (
                select
                from public.connections as t4
                where t4.tenant_id = $1
                  and t4.user_id = t2.id
                limit $2
              ) as t4
            )
            || ',"nodes":[' || coalesce(string_agg(
              '{"provider":"' || t3.provider
              || '"}', ','
            ), '')
            || ']}'
          from (
            select t3.provider
            from public.connections as t3
            where t3.tenant_id = $1
              and t3.user_id = t2.id
            order by t3.provider, t3.id
            limit $3
          ) as t3
        )
        || '}' as j
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = t1.user_id
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $4
  ) as f1;
