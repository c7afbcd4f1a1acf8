-- wrk -s load.lua URL -- FILE [check]
-- FILE holds whole HTTP requests, each after a line with its number of bytes. They are sent in turn, over and over.
-- check: answers are read, and those with `errors` counted, which HTTP takes for good ones.
local requests, count, at, threads = {}, 0, 0, {}
refused = 0 -- global: `done` asks each thread for it

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for length in file:lines() do
    count = count + 1
    requests[count] = file:read(tonumber(length))
  end
  file:close()
  if arguments[2] == "check" then
    response = function(_, _, body)
      if body:find('"errors":', 1, true) then
        refused = refused + 1
      end
    end
  end
end

function request()
  at = at % count + 1
  return requests[at]
end

function done(summary, latency, _)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  for _, thread in ipairs(threads) do
    errors = errors + thread:get("refused")
  end
  io.write(string.format(
    '\nRESULT {"requests":%d,"duration_us":%d,"bytes":%d,"p50_us":%.1f,"p90_us":%.1f,"p99_us":%.1f,"max_us":%.1f,'
      .. '"errors":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(90),
    latency:percentile(99), latency.max, errors
  ))
end
