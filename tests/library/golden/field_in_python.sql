select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"title":' || to_json(t1.title)::text
        || ',"wordCount":' || chr(1)
        || 'Note.wordCount{"title":' || to_json(t1.title)::text
        || ',"body":' || coalesce(to_json(t1.body)::text, 'null')
        || '}' || chr(2)
        || ',"author":' || coalesce(t2.j, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.title, t1.body, t1.author_id
      from public.notes as t1
      where t1.tenant_id = $1 and t1.deleted_at is null
      order by t1.id
      limit $2
    ) as t1
    left join lateral (
      select
        '{"initials":' || chr(1)
        || 'Author.initials{"name":' || to_json(t2.name)::text
        || '}' || chr(2)
        || '}' as j
      from public.authors as t2
      where t2.tenant_id = $1 and t2.deleted_at is null
        and t2.id = t1.author_id
      limit 1
    ) as t2 on true
  ) as f1;
