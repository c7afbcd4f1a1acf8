-- The seals of the tenant ($1), in their order, with their signatures.
select
  seal.number, seal.form, seal.entries, seal.root, seal.chain, seal.from_xid, seal.until_xid, seal.entry_ids,
  seal.entry_hashes, trim_scale(extract(epoch from seal.sealed_at) * 1000000)::text as sealed_at,
  array(
    select signed.signature
    from public.audit_signatures as signed
    where signed.tenant_id = $1 and signed.number = seal.number
  ) as signatures
from public.audit_seals as seal
where seal.tenant_id = $1
order by seal.number, seal.id
