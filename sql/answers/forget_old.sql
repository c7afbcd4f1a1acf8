-- Forgets the tenant's ($1) answers whose time is over, but for those that somebody else forgets just now.
delete from public.kept_answers as t1
where t1.tenant_id = $1
  and t1.id in (
    select t2.id
    from public.kept_answers as t2
    where t2.tenant_id = $1
      and t2.kept_until < now()
    limit 100
    for update skip locked
  )
