select
  (
    select
      '[' || coalesce(string_agg(
        '{"rank":' || to_json(t1.o1)::text
        || ',"snippet":' || to_json(ts_headline('english', replace(replace(replace(left(concat_ws(' … ', t1.title, t1.body), 100000), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), app.search_query('english', $3, $4), 'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MinWords=5, MaxWords=20, ShortWord=0, FragmentDelimiter=" … "'))::text
        || ',"node":{"title":' || to_json(t1.title)::text
        || ',"author":' || coalesce(t3.j, 'null')
        || '}}', ','
      ), '')
      || ']'
    from (
      select t1.title, t1.author_id, t1.body, t2.rank as o1
      from app.search_notes($3, $4) as t2
      join public.notes as t1 on t1.tenant_id = $1 and t1.deleted_at is null and t1.id = t2.id
      where t1.stars >= $2
      order by t2.rank desc, t1.id
      limit $5
      offset $6
    ) as t1
    left join lateral (
      select
        '{"name":' || to_json(t3.name)::text
        || '}' as j
      from public.authors as t3
      where t3.tenant_id = $1 and t3.deleted_at is null
        and t3.id = t1.author_id
      limit 1
    ) as t3 on true
  ) as f1;
