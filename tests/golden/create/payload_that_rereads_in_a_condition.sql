insert into public.connections as t1 (tenant_id, user_id, provider, connection_id)
values ($1, $2, $3, $4)
returning t1.id;

select
  (
    select
      '{"tenant":' || coalesce(t2.j, 'null')
      || '}'
    from public.connections as t1
    left join lateral (
      select
        '{"users":' || (
          select
            '{"nodes":[' || coalesce(string_agg(
              '{"email":' || to_json(t3.email)::text
              || '}', ','
            ), '')
            || ']}'
          from (
            select t3.email
            from public.users as t3
            where t3.tenant_id = $1
              and exists (
                select from public.connections as t4
                where t4.tenant_id = $1
                  and t4.user_id = t3.id
                  and t4.provider = $2
              )
            order by t3.id
            limit $3
          ) as t3
        )
        || '}' as j
      from public.tenants as t2
      where t2.tenant_id = $1
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $4
  ) as f1;
