select
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goesx":' || to_json(t1.email)::text
        || ',"a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goes_on_and_on_a_response_key_that_goesy":' || coalesce(to_json(t1.name)::text, 'null')
        || '}', ','
      ), '')
      || ']}'
    from (
      select t1.email, t1.name
      from public.users as t1
      where t1.tenant_id = $1
      order by t1.email, t1.id
      limit $2
    ) as t1
  ) as f1,
  (
    select
      '{"nodes":[' || coalesce(string_agg(
        '{"email":' || to_json(t2.email)::text
        || '}', ','
      ), '')
      || ']}'
    from (
      select t2.email
      from public.users as t2
      where t2.tenant_id = $1
      order by t2.email desc, t2.id desc
      limit $3
    ) as t2
  ) as f2;
