select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"title":' || to_json(t1.title)::text
        || ',"author":' || coalesce(t2.j, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.title, t1.author_id
      from public.notes as t1
      where t1.tenant_id = $1
        and t1.deleted_at is not null
      order by t1.deleted_at desc, t1.id desc
      limit $2
    ) as t1
    left join lateral (
      select
        '{"name":' || to_json(t2.name)::text
        || '}' as j
      from public.authors as t2
      where t2.tenant_id = $1
        and t2.id = t1.author_id
      limit 1
    ) as t2 on true
  ) as f1,
  (
    select
      '{"name":' || to_json(t3.name)::text
      || '}'
    from public.authors as t3
    where t3.tenant_id = $1
      and t3.name = $3
    order by t3.deleted_at desc
    limit 1
  ) as f2;
