select
  (
    select
      '[' || coalesce(string_agg(
        '{"distance":' || to_json(t1.o1)::text
        || ',"node":{"title":' || to_json(t1.title)::text
        || ',"embedding":' || coalesce(t1.embedding::text, 'null')
        || '}}', ','
      ), '')
      || ']'
    from (
      select t1.title, t1.embedding, t1.embedding <=> $2::text::vector as o1
      from public.notes as t1
      where t1.tenant_id = $1 and t1.deleted_at is null
        and exists (
          select from public.authors as t2
          where t2.tenant_id = $1 and t2.deleted_at is null
            and t2.id = t1.author_id
            and t2.name = $3
        )
        and t1.embedding is not null
      order by t1.embedding <=> $2::text::vector, t1.id
      limit $4
    ) as t1
    where abs(t1.o1) < 'infinity'
  ) as f1;
