select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"title":' || to_json(t1.title)::text
        || ',"author":' || coalesce(t2.j, 'null')
        || '}', ','
      ), '')
      || '],"totalCount":' || (
        select count(*)
        from (
          select
          from public.notes as t7
          where t7.tenant_id = $1 and t7.deleted_at is null
            and exists (
              select from public.authors as t8
              where t8.tenant_id = $1 and t8.deleted_at is null
                and t8.id = t7.author_id
                and t8.name = $4
            )
            and not exists (
              select from public.pins as t9
              where t9.tenant_id = $1 and t9.deleted_at is null
                and t9.note_id = t7.id
                and t9.place = $5
            )
            and (
              select count(*)
              from public.pins as t10
              where t10.tenant_id = $1 and t10.deleted_at is null
                and t10.note_id = t7.id
            ) < $6
          limit $7
        ) as t7
      )
      || '}'
    from (
      select t1.title, t1.author_id
      from public.notes as t1
      left join public.authors as t11 on t11.tenant_id = $1 and t11.deleted_at is null and t11.id = t1.author_id
      where t1.tenant_id = $1 and t1.deleted_at is null
        and exists (
          select from public.authors as t12
          where t12.tenant_id = $1 and t12.deleted_at is null
            and t12.id = t1.author_id
            and t12.name = $4
        )
        and not exists (
          select from public.pins as t13
          where t13.tenant_id = $1 and t13.deleted_at is null
            and t13.note_id = t1.id
            and t13.place = $5
        )
        and (
          select count(*)
          from public.pins as t14
          where t14.tenant_id = $1 and t14.deleted_at is null
            and t14.note_id = t1.id
        ) < $6
      order by t11.name, t1.title, t1.id
      limit $8
    ) as t1
    left join lateral (
      select
        '{"name":' || to_json(t2.name)::text
        || ',"noteCount":' || (
          select count(*)
          from public.notes as t3
          where t3.tenant_id = $1 and t3.deleted_at is null
            and t3.author_id = t2.id
        )
        || ',"notes":' || (
          select
            '{"nodes":[' || coalesce(string_agg(
              '{"title":' || to_json(t4.title)::text
              || '}', ','
            ), '')
            || '],"totalCount":' || (
              select count(*)
              from (
                select
                from public.notes as t5
                where t5.tenant_id = $1 and t5.deleted_at is null
                  and t5.author_id = t2.id
                limit $2
              ) as t5
            )
            || '}'
          from (
            select t4.title
            from public.notes as t4
            where t4.tenant_id = $1 and t4.deleted_at is null
              and t4.author_id = t2.id
            order by t4.id
            limit $3
          ) as t4
        )
        || ',"notesStats":' || (
          select
            '{"count":' || count(*)
            || '}'
          from public.notes as t6
          where t6.tenant_id = $1 and t6.deleted_at is null
            and t6.author_id = t2.id
        )
        || '}' as j
      from public.authors as t2
      where t2.tenant_id = $1 and t2.deleted_at is null
        and t2.id = t1.author_id
      limit 1
    ) as t2 on true
  ) as f1,
  (
    select
      '{"name":' || to_json(t15.name)::text
      || '}'
    from public.authors as t15
    where t15.tenant_id = $1 and t15.deleted_at is null
      and t15.name = $9
  ) as f2,
  coalesce(
    (
      select
        '{"id":"' || t16.tenant_id
        || '"}'
      from public.tenants as t16
      where t16.tenant_id = $1
        and t16.tenant_id = $10::uuid
    ),
    (
      select
        '{"id":"' || t17.id
        || '"}'
      from public.users as t17
      where t17.tenant_id = $1
        and t17.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t18.id
        || '"}'
      from public.integrations as t18
      where t18.tenant_id = $1
        and t18.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t19.id
        || '"}'
      from public.connections as t19
      where t19.tenant_id = $1
        and t19.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t20.id
        || '"}'
      from public.sync_jobs as t20
      where t20.tenant_id = $1
        and t20.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t21.id
        || '"}'
      from public.analytics_events as t21
      where t21.tenant_id = $1
        and t21.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t22.id
        || '"}'
      from public.audit_logs as t22
      where t22.tenant_id = $1
        and t22.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t23.id
        || '"}'
      from public.audit_seals as t23
      where t23.tenant_id = $1
        and t23.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t24.id
        || '"}'
      from public.authors as t24
      where t24.tenant_id = $1 and t24.deleted_at is null
        and t24.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t25.id
        || '"}'
      from public.notes as t25
      where t25.tenant_id = $1 and t25.deleted_at is null
        and t25.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t26.id
        || '"}'
      from public.pins as t26
      where t26.tenant_id = $1 and t26.deleted_at is null
        and t26.id = $10::uuid
    ),
    (
      select
        '{"id":"' || t27.id
        || '"}'
      from public.secrets as t27
      where t27.tenant_id = $1
        and t27.id = $10::uuid
    ),
    null
  ) as f3,
  (
    select
      '{"groups":[' || (
        select
          coalesce(string_agg(
            '{"count":' || t29.m1
            || '}', ','
          ), '')
        from (
          select t29.title as g1, count(*) as m1
          from public.notes as t29
          where t29.tenant_id = $1 and t29.deleted_at is null
          group by g1
          order by g1
          limit $11
        ) as t29
      )
      || ']}'
  ) as f4;
