-- What is counted elsewhere than where it stands.
local LOAD_AT_ONCE = 2000
local function count_one(name) tally[name] = (tally[name] or 0) + 1 end

local function pairs_of(name)
  local flat, of = redis.call('HGETALL', key(name)), {}
  for at = 1, #flat, 2 do of[flat[at]] = flat[at + 1] end
  return of
end
local function is_count(text, number) return text == whole(number) or not text and number == 0 end

-- load: running jobs by payer, in one step while they are few; else it is counted as the others are.
function checks.load()
  if redis.call('ZCARD', key('running')) > LOAD_AT_ONCE then return count_one('many') end
  local counted, running = pairs_of('load'), {}
  for _, id in ipairs(redis.call('ZRANGE', key('running'), 0, -1)) do
    local payer = redis.call('HGET', job_key(id), 'payer')
    if payer then running[payer] = (running[payer] or 0) + 1 end
  end
  for payer in pairs(counted) do running[payer] = running[payer] or 0 end
  for payer, number in pairs(running) do
    if not is_count(counted[payer], number) then
      found('I5', 'payer ' .. payer, 'has ' .. number .. ' running jobs and its load says ' .. (counted[payer] or '0'),
        'set', function() redis.call('HSET', key('load'), payer, number) end)
    end
  end
end

-- A count, and what changes whenever anything that it counts does, though the count be the same again.
local MOVES = {
  live = function()
    local dropped = redis.call('HMGET', key('counters'), 'dead_dropped', 'done_dropped')
    return redis.call('ZCARD', key('dead')) .. ' ' .. redis.call('ZCARD', key('done')) .. ' '
      .. tostring(dropped[1]) .. ' ' .. tostring(dropped[2])
  end,
  states = function() return tostring(redis.call('HGET', key('counters'), 'members_moved')) end,
  load = function() return tostring(redis.call('GET', key('fence'))) end,
}
local function stamp_of(name)
  local words = {}
  for field, value in pairs(pairs_of(name)) do words[#words + 1] = field .. '=' .. value end
  table.sort(words)
  return redis.sha1hex(table.concat(words, '\n') .. '\n' .. MOVES[name]())
end

-- count: answers the stamp, and the count as it stands.
function checks.count(name) tally = pairs_of(name); tally[''] = stamp_of(name) end

-- set_count: of context, its name and the stamp by which it was counted; then field and number. Answers
-- whether it was still so.
local function set_count()
  local name, stamp = string.match(context, '^(%l+) (%x+)$')
  if stamp_of(name) ~= stamp then return end
  redis.call('DEL', key(name))
  for at = 5, #ARGV, 2 do redis.call('HSET', key(name), ARGV[at], ARGV[at + 1]) end
  count_one('set')
end

-- tally_jobs, tally_members: what a walk counts.
function checks.tally_jobs(id)
  local facts = redis.call('HMGET', job_key(id), 'state', 'payer', 'lane')
  if not (facts[1] and facts[2] and facts[3]) or ENDED[facts[1]] then return end
  count_one('live ' .. facts[2] .. ' ' .. facts[3])
  if facts[1] == 'running' then count_one('load ' .. facts[2]) end
end
function checks.tally_members(member)
  local state = redis.call('HGET', member_key(member), 'state')
  if state then count_one('states ' .. state) end
end
