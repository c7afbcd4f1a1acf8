with r0 as (
  insert into public.connections (tenant_id, id, user_id, provider, connection_id)
  select
    $1,
    r.id,
    case when r.k1 is null then r.user_id else coalesce(
      (
        select t1.id
        from public.users as t1
        where t1.tenant_id = $1
          and t1.email = r.k1
      ),
      app.refuse_missing(r.p1)
    ) end,
    r.provider,
    r.connection_id
  from json_to_recordset($2::json -> 'r0') as r(id uuid, user_id uuid, provider text, connection_id text, k1 text, p1 text)
),
r2 as (
  insert into public.sync_jobs (tenant_id, id, connection_id, sync_id, status)
  select $1, r.id, r.connection_id, r.sync_id, case when r.g3 then r.status else 'PENDING' end
  from json_to_recordset($2::json -> 'r2') as r(id uuid, connection_id uuid, sync_id text, status text, g3 boolean)
),
r3 as (
  update public.sync_jobs as t2
  set connection_id = r.above, version = t2.version + 1, updated_at = now()
  from json_to_recordset($2::json -> 'r3') as r(k text, above uuid)
  where t2.tenant_id = $1
    and t2.sync_id = r.k
  returning t2.sync_id
)
select (
  select count(app.refuse_missing(r.p))
  from json_to_recordset($2::json -> 'r3') as r(k text, p text)
  where r.k not in (select sync_id from r3)
);

select
  (
    select
      '{"connectionId":' || to_json(t1.connection_id)::text
      || ',"user":' || coalesce(t2.j, 'null')
      || ',"syncJobs":' || (
        select
          '{"nodes":[' || coalesce(string_agg(
            '{"syncId":' || to_json(t3.sync_id)::text
            || ',"status":"' || t3.status
            || '"}', ','
          ), '')
          || ']}'
        from (
          select t3.sync_id, t3.status
          from public.sync_jobs as t3
          where t3.tenant_id = $1
            and t3.connection_id = t1.id
          order by t3.sync_id, t3.id
          limit $2
        ) as t3
      )
      || '}'
    from public.connections as t1
    left join lateral (
      select
        '{"email":' || to_json(t2.email)::text
        || '}' as j
      from public.users as t2
      where t2.tenant_id = $1
        and t2.id = t1.user_id
      limit 1
    ) as t2 on true
    where t1.tenant_id = $1
      and t1.id = $3
  ) as f1;
