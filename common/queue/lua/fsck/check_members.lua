-- members: ids. Each with where it stands, when it is due, and what it says of itself.
local MEMBER_FACTS = { 'payer', 'state', 'live_sync', 'last_ok', 'last_sweep', 'next_due' }

-- What its jobs or its due times know of it.
local function payer_that_knows(member)
  local job = redis.call('HGET', key('busy'), member) or redis.call('ZRANGE', jobs_key(member), 0, 0)[1]
    or redis.call('ZRANGE', waits_key(member), 0, 0)[1]
  local payer = job and redis.call('HGET', job_key(job), 'payer')
  if payer then return payer end
  for _, known in ipairs(redis.call('SMEMBERS', key('payers'))) do
    if redis.call('ZSCORE', due_key(known), member) then return known end
  end
end

local function check_whole(member, facts)
  if facts.payer and facts.state then return true end
  local payer = facts.payer or payer_that_knows(member)
  local lost = facts.payer and 'state' or facts.state and 'payer' or 'payer and state'
  return found('I7', 'member ' .. member, 'says no ' .. lost,
    payer and 'restored' or 'add it again: claimferry member add', payer and function()
      restore_member(member, payer)
      facts.payer, facts.state = unpack(redis.call('HMGET', member_key(member), 'payer', 'state'))
    end)
end

local function check_numbers(member, facts)
  for _, field in ipairs({ 'last_ok', 'last_sweep', 'next_due' }) do
    if facts[field] and not digits(facts[field]) then
      found('keys', 'member ' .. member, 'says no number as its ' .. field, 'taken out', function()
        redis.call('HDEL', member_key(member), field)
        facts[field] = nil
      end)
    end
  end
end

-- Only the erasure of a member that leaves may run; where it stood before, a claim or the scheduler has still to see.
local function check_leaving(member, facts)
  for _, index in ipairs({ 'erasing', 'erase_at' }) do
    if not score(key(index), member) then
      found('I7', 'member ' .. member, 'is being erased and is not in ' .. index, 'entered', function()
        redis.call('ZADD', key(index), now, member)
      end)
    end
  end
  local best = redis.call('ZRANGE', jobs_key(member), 0, 0)[1]
  local may = best and redis.call('HGET', job_key(best), 'kind') == 'erase'
    and redis.call('HEXISTS', key('busy'), member) == 0
  if not may == not score(key('ready_erase'), member) then return end
  found('I1', 'member ' .. member, may and 'may be erased and stands in no line'
    or 'may not be erased now and stands in line', 'put where it belongs', function() stand(member) end)
end

local function check_standing(member, facts)
  if facts.state == 'erasing' then return check_leaving(member, facts) end
  local best = redis.call('ZRANGE', jobs_key(member), 0, 0, 'WITHSCORES')
  local may = best[1] and facts.state == 'active' and redis.call('HEXISTS', key('busy'), member) == 0
  local lane = may and lane_of_score(tonumber(best[2]))
  local stands = {}
  for _, name in ipairs(LANES) do
    if redis.call('ZSCORE', ready_key(facts.payer, name), member) then stands[#stands + 1] = name end
  end
  local fits = lane and #stands == 1 and stands[1] == lane or not lane and #stands == 0
  -- Of a pause that is noted, in force or not, the claim or the scheduler has still to see; and while it lasts what
  -- keeps the tokens alive may run.
  local elsewhere = #stands == 0 or (may and #stands == 1 and stands[1] == 'routine')
  local undecided = elsewhere and redis.call('HEXISTS', key('paused'), 'member:' .. member) == 1
  if fits or undecided then return end
  found('I1', 'member ' .. member, (may and 'may run as ' .. (lane or 'nothing') or 'may not run') .. ' and stands '
    .. (#stands > 0 and 'ready as ' .. table.concat(stands, ' and ') or 'nowhere'), 'put where it belongs',
    function() stand(member) end)
end

local function check_due(member, facts)
  if facts.state ~= 'active' then return end
  if redis.call('SISMEMBER', key('payers'), facts.payer) == 0 then
    found('I7', 'payer ' .. facts.payer, 'has members and is not in payers: nobody plans for it', 'entered',
      function() redis.call('SADD', key('payers'), facts.payer) end)
  end
  if can_restore(member) and not redis.call('ZSCORE', keepalive.key(facts.payer), member) then
    found('I7', 'member ' .. member, 'has tokens that nothing keeps alive', 'entered', function()
      keepalive.restore(facts.payer, member, facts.last_ok)
    end)
  end
  if redis.call('ZSCORE', due_key(facts.payer), member) then return end
  if redis.call('EXISTS', jobs_key(member), waits_key(member)) > 0
    or redis.call('HEXISTS', key('busy'), member) == 1 then
    return
  end
  found('I7', 'member ' .. member, 'has neither a due time nor a live job', 'due now', function()
    set_due(facts.payer, member, now)
  end)
end

local function check_sync(member, facts)
  if not facts.live_sync then return end
  local job = read(job_key(facts.live_sync), { 'member', 'kind', 'state' })
  -- What the job does not say is told of the job.
  local its = (job.member or member) == member and (job.kind or 'sync') == 'sync'
  if job.exists and its and not ENDED[job.state] then return end
  found('I4', 'member ' .. member, 'names a live sync that is none', 'taken out', function()
    redis.call('HDEL', member_key(member), 'live_sync')
  end)
end

function checks.members(member)
  local facts = read(member_key(member), MEMBER_FACTS)
  if not facts.exists or not check_whole(member, facts) then return end
  check_numbers(member, facts)
  check_standing(member, facts)
  check_due(member, facts)
  check_sync(member, facts)
  if facts.last_ok and facts.state == 'active' and not redis.call('ZSCORE', key('lastok'), member) then
    found('counts', 'member ' .. member, 'has a last success and is not in lastok', 'entered', function()
      redis.call('ZADD', key('lastok'), facts.last_ok, member)
    end)
  end
end
