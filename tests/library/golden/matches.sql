select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"title":' || to_json(t1.title)::text
        || '}', ','
      ), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.notes as t2
          where t2.tenant_id = $1 and t2.deleted_at is null
            and (t2.id = any (array(select t3.id from app.search_notes($2, $3) as t3)) or $4 = any (t2.tags))
          limit $5
        ) as t2
      )
      || '}'
    from (
      select t1.title
      from public.notes as t1
      where t1.tenant_id = $1 and t1.deleted_at is null
        and (t1.id = any (array(select t4.id from app.search_notes($2, $3) as t4)) or $4 = any (t1.tags))
      order by t1.id
      limit $6
    ) as t1
  ) as f1;
