-- Forgets the tenant's ($1) answers whose time is over.
delete from public.kept_answers as t1
where t1.tenant_id = $1
  and t1.kept_until < now()
