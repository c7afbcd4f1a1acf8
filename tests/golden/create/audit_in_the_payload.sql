insert into public.integrations as t1 (tenant_id, name, provider)
values ($1, $2, $3)
returning t1.id;

select
  (
    select
      '{"tenant":' || coalesce(t2.j, 'null')
      || '}'
    from public.integrations as t1
    left join lateral (
      select
        '{"auditLogs":' || (
          select
            '{"totalCount":' || (
              select count(*)
              from (
                select
                from public.audit_logs as t4
                where t4.tenant_id = $1
                  and t4.action = $2
                limit $3
              ) as t4
            )
            || '}'
        )
        || '}' as j
      from public.tenants as t2
      where t2.tenant_id = $1
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $4
  ) as f1;
