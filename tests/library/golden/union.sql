select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"subject":' || coalesce(case t1.subject_type
          when 'Author' then (
            select
              '{"__typename":"Author","name":' || to_json(t2.name)::text
              || ',"id":"' || t2.id
              || '"}'
            from public.authors as t2
            where t2.tenant_id = $1 and t2.deleted_at is null
              and t2.id = t1.subject_id
          )
          when 'Note' then (
            select
              '{"__typename":"Note","id":"' || t3.id
              || '"}'
            from public.notes as t3
            where t3.tenant_id = $1 and t3.deleted_at is null
              and t3.id = t1.subject_id
          )
          when 'User' then (
            select
              '{"__typename":"User","id":"' || t4.id
              || '"}'
            from public.users as t4
            where t4.tenant_id = $1
              and t4.id = t1.subject_id
          )
        end, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.subject_type, t1.subject_id
      from public.notes as t1
      where t1.tenant_id = $1 and t1.deleted_at is null
      order by t1.id
      limit $2
    ) as t1
  ) as f1;
