-- Seals what no seal covers yet of a tenant's audit log: 10,000 entries at most, or the first ones that come to 16 MB of
-- text, so that no log takes longer than a statement may. Tells the number of the seal and its chain, null when there was
-- nothing to seal; whether it is full, so that there may be more to seal at once; and whether the log has entries for a
-- later seal.
--
-- Writers do not wait, nor does this wait for them: a seal takes the entries of transactions that are over for certain.
-- Below the xmin of a snapshot there is none that runs, so that whatever they left is seen, and nothing is ever added.
-- So each seal begins where the last one ended, and entries that are found there later were put there otherwise.
-- A database that was restored from a dump counts transactions anew, from below where the last seal ended: then what
-- that left is sealed first, whatever its transactions, and after it all that no seal lists, from the first transaction.
--
-- Of two who seal at once, the seals' key takes one, and the other leaves it. No advisory lock: requests can take any, for
-- as long as their connection is pooled, and sealing would stop for that tenant without a word.
--
-- SECURITY DEFINER because requests may neither write seals nor read all that is sealed. They may call this: it seals
-- what is there, and can be told nothing else.
create function app.seal_audit(
  tenant uuid, out seal_number integer, out seal_chain text, out is_full boolean, out has_more boolean
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $$
declare
  sealed_at constant timestamptz := clock_timestamp();
  visible pg_snapshot;
  last record;
  low bigint;
  high bigint;
  is_restored boolean;
  entry record;
  hashed text;
  hashed_bytes bigint := 0;
  ids uuid[] := '{}';
  hashes text[] := '{}';
  last_xid bigint;
  root text;
begin
  is_full := false;
  select seal.number, seal.until_xid, seal.chain
  into last
  from public.audit_seals as seal
  where seal.tenant_id = tenant
  order by seal.number desc
  limit 1;
  visible := pg_current_snapshot();
  low := coalesce(last.until_xid, 0);
  is_restored := pg_snapshot_xmax(visible)::text::bigint < low;
  high := case when is_restored then 9223372036854775807 else pg_snapshot_xmin(visible)::text::bigint end;

  loop
    -- Row by row, to end where it is enough: how long a text is that was compressed is known once it was read.
    for entry in
      with listed as materialized (
        select unnest(seal.entry_ids) as id
        from public.audit_seals as seal
        where seal.tenant_id = tenant and seal.until_xid >= low and seal.from_xid <= high
      )
      select log.*
      from public.audit_logs as log
      where log.tenant_id = tenant and log.xid >= low and log.xid < high
        -- Not a join: this keeps to the order of the index, and stops at the limit.
        and log.id not in (select listed.id from listed)
      order by log.xid, log.id
      limit 10000
    loop
      -- An entry is hashed as the JSON array of its columns' texts. Of this form is 1: should a column come to the log, it
      -- is form 2 that has it, and both go on being verified (app/audit/form.py).
      hashed := to_jsonb(
        array[
          entry.tenant_id::text, entry.id::text, entry.actor_user_id::text, entry.actor_type, entry.actor_role,
          entry.actor_external_id, entry.level, entry.action, entry.target_type, entry.target_id,
          entry.changes::text, entry.message, entry.meta::text, entry.ip_address, entry.user_agent,
          entry.request_id, trim_scale(extract(epoch from entry.created_at) * 1000000)::text, entry.xid::text
        ]
      )::text;
      ids := ids || entry.id;
      hashes := hashes || encode(sha256(convert_to(hashed, 'UTF8')), 'hex');
      last_xid := entry.xid;
      hashed_bytes := hashed_bytes + octet_length(hashed);
      is_full := cardinality(ids) = 10000 or hashed_bytes >= 16000000;
      exit when is_full;
    end loop;
    exit when ids <> '{}' or not is_restored or low = 0;
    low := 0;
    high := pg_snapshot_xmin(visible)::text::bigint;
  end loop;

  if is_full then
    high := last_xid;
  elsif high = 9223372036854775807 then
    high := last_xid + 1;
    -- The old database's entries are sealed; the new one's may be next.
    is_full := true;
  end if;
  has_more := is_full or exists (
    select
    from public.audit_logs as waiting
    where waiting.tenant_id = tenant
      and waiting.xid >= pg_snapshot_xmin(visible)::text::bigint
      and waiting.xid < pg_snapshot_xmax(visible)::text::bigint
  );
  if ids = '{}' then
    return;
  end if;

  seal_number := coalesce(last.number, 0) + 1;
  select encode(
    app.merkle_root(array_agg(sha256('\x00'::bytea || uuid_send(leaf.id) || decode(leaf.hash, 'hex')) order by leaf.place)),
    'hex'
  )
  into root
  from unnest(ids, hashes) with ordinality as leaf (id, hash, place);
  seal_chain := encode(
    sha256(
      convert_to(
        to_jsonb(
          array[
            coalesce(last.chain, ''), tenant::text, seal_number::text, '1', low::text, high::text,
            cardinality(ids)::text, root, trim_scale(extract(epoch from sealed_at) * 1000000)::text
          ]
        )::text,
        'UTF8'
      )
    ),
    'hex'
  );
  insert into public.audit_seals (
    tenant_id, number, form, entries, root, chain, sealed_at, from_xid, until_xid, entry_ids, entry_hashes
  )
  values (tenant, seal_number, 1, cardinality(ids), root, seal_chain, sealed_at, low, high, ids, hashes)
  on conflict (tenant_id, number) do nothing;
  if not found then
    raise lock_not_available;
  end if;
exception
  -- Somebody else seals, or just has.
  when lock_not_available then
    seal_number := null;
    seal_chain := null;
    is_full := false;
    has_more := true;
end
$$
