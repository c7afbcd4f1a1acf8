update public.connections as t1
set status = $3, version = t1.version + 1, updated_at = now()
where t1.tenant_id = $1
  and t1.id = $2
returning t1.id;

select
  (
    select
      '{"status":"' || t1.status
      || '","user":' || coalesce(t2.j, 'null')
      || '}'
    from public.connections as t1
    left join lateral (
      select
        '{"connections":' || (
          select
            '{"nodes":[' || coalesce(string_agg(
              '{"status":"' || t3.status
              || '"}', ','
            ), '')
            || ']}'
          from (
            select t3.status
            from public.connections as t3
            where t3.tenant_id = $1
              and t3.user_id = t2.id
            order by t3.id
            limit $2
          ) as t3
        )
        || '}' as j
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = t1.user_id
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $3
  ) as f1;
