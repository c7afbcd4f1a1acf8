select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"action":' || to_json(t1.action)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.action
      from public.audit_logs as t1
      left join public.tenants as t2 on t2.tenant_id = $1
      where t1.tenant_id = $1
      order by t2.slug nulls first, t1.action desc, t1.id desc
      limit $2
    ) as t1
  ) as f1;
