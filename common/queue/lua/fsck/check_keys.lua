-- keys: name and type. One of another type stops whoever meets it; it is put aside, so that what it
-- holds is not lost. Ours do not expire, but for what shards say of their requests under way.
local function aside(name)
  local place = key('aside:' .. name)
  if redis.call('RENAMENX', key(name), place) == 1 then return end
  redis.call('RENAMENX', key(name), place .. '.' .. whole(now_us))
end

function checks.keys(name, expected)
  local is = redis.call('TYPE', key(name)).ok
  if is == 'none' then return end
  if is ~= expected then
    found('keys', 'key ' .. key(name), 'holds a ' .. is .. ', not a ' .. expected,
      'renamed to ' .. key('aside:' .. name), function() aside(name) end)
  elseif not string.find(name, '^flight:') and not string.find(name, '^left:')
    and redis.call('PTTL', key(name)) >= 0 then
    found('keys', 'key ' .. key(name), 'would expire', 'kept', function() redis.call('PERSIST', key(name)) end)
  end
end

-- numbers: hashes whose fields are reckoned with.
local NUMBERS = {
  meta = { 'schema', 'min_writer', 'interval' },
  leader = { 'term', 'until' },
  passed = { 'routine', 'backfill' },
  counters = { 'dead_dropped', 'done_dropped', 'replanned', 'members_moved' },
}
local WRITTEN = { schema = SCHEMA, min_writer = MIN_WRITER }
-- Every field of a quota is one, also a decimal.
local function amount(text) return #text <= 24 and string.find(text, '^%d+%.?%d*$') ~= nil end
local function check_quota(name)
  local all = redis.call('HGETALL', key(name))
  for at = 1, #all, 2 do
    if not amount(all[at + 1]) then
      found('keys', 'key ' .. key(name), 'holds no number as its ' .. all[at], 'taken out',
        function() redis.call('HDEL', key(name), all[at]) end)
    end
  end
end

function checks.numbers(name)
  if string.find(name, '^quota:') or string.find(name, '^grants:') then return check_quota(name) end
  local fields = NUMBERS[string.match(name, '^%l+')]
  local values = redis.call('HMGET', key(name), unpack(fields))
  for at, field in ipairs(fields) do
    local lost = name == 'meta' and WRITTEN[field] and not values[at] and redis.call('EXISTS', key(name)) == 1
    if lost or values[at] and not digits(values[at]) then
      found('keys', 'key ' .. key(name), 'holds no number as its ' .. field, WRITTEN[field] and 'set' or 'taken out',
        function()
          if WRITTEN[field] then
            redis.call('HSET', key(name), field, WRITTEN[field])
          else
            redis.call('HDEL', key(name), field)
          end
        end)
    end
  end
end

-- fence: above it no number is exact, and below the ones that were given it would be refused.
local FENCE_MAX = 9.007e15
function checks.fence()
  local last = redis.call('GET', key('fence'))
  if not last or digits(last) and tonumber(last) <= FENCE_MAX then return end
  found('I6', 'key ' .. key('fence'), 'holds no fence', 'set by the clock', function()
    redis.call('SET', key('fence'), whole(now_us))
  end)
end
