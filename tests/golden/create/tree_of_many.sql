with r0 as (
  insert into public.connections (tenant_id, id, user_id, provider, connection_id, status)
  select
    $1,
    r.id,
    case when r.k2 is null then r.user_id else coalesce(
      (
        select t1.id
        from public.users as t1
        where t1.tenant_id = $1
          and t1.email = r.k2
      ),
      app.refuse_missing(r.p2)
    ) end,
    r.provider,
    r.connection_id,
    case when r.g4 then r.status else 'ACTIVE' end
  from json_to_recordset($2::json -> 'r0') as r(id uuid, user_id uuid, provider text, connection_id text, status text, g4 boolean, k2 text, p2 text)
),
r1 as (
  insert into public.users (tenant_id, id, email, role)
  select $1, r.id, r.email, r.role
  from json_to_recordset($2::json -> 'r1') as r(id uuid, email text, role text)
)
select true;

select
  '{"count":' || count(*)
  || ',"nodes":[' || coalesce(string_agg(
    '{"connectionId":' || to_json(t1.connection_id)::text
    || ',"status":"' || t1.status
    || '","user":' || coalesce(t2.j, 'null')
    || '}', ',' order by k.n
  ), '')
  || ']}'
from unnest($2::uuid[]) with ordinality as k(id, n)
join public.connections as t1 on t1.tenant_id = $1 and t1.id = k.id
left join lateral (
  select
    '{"email":' || to_json(t2.email)::text
    || ',"role":"' || t2.role
    || '"}' as j
  from public.users as t2
  where t2.tenant_id = $1
    and t2.id = t1.user_id
  limit 1
) as t2 on true;
