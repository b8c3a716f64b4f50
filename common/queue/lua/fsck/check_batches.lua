-- Batches, which count their members to the last one.
local ENDS = { 'done', 'dead', 'cancelled', 'reconsent', 'skipped', 'duplicate', 'lost' }
local BATCH_FIELDS = { 'window', 'total', 'created_at', 'finished_at', 'refused_consent', unpack(ENDS) }

local function parts_of(batch)
  return redis.call('ZCARD', batch_jobs_key(batch)) + redis.call('LLEN', batch_left_key(batch))
end

-- What it was is what its jobs say, or everything: nothing is missed.
local function restore_batch(batch)
  local job = redis.call('ZRANGE', batch_jobs_key(batch), 0, 0)[1]
  redis.call('HSET', batch_key(batch), 'window', job and redis.call('HGET', job_key(job), 'window') or 'sweep')
  redis.call('ZADD', key('open_batches'), 'NX', whole(now_us), batch)
end

-- total: what is left, what lives and what ended.
local function total_of(batch, facts)
  local total = parts_of(batch)
  for _, name in ipairs(ENDS) do total = total + (tonumber(facts[name]) or 0) end
  return whole(total)
end

function checks.batches(batch)
  local facts = read(batch_key(batch), BATCH_FIELDS)
  if not facts.exists then return end
  local about = 'batch ' .. batch
  if not facts.window then
    found('batches', about, 'does not say its window', 'restored', function() restore_batch(batch) end)
  end
  for _, name in ipairs(BATCH_FIELDS) do
    local needed = name == 'total' or name == 'created_at'
    if name ~= 'window' and (facts[name] or needed) and not digits(facts[name]) then
      found('batches', about, 'says no number as its ' .. name, 'counted anew', function()
        if needed then
          redis.call('HSET', batch_key(batch), name, name == 'total' and total_of(batch, facts) or whole(now))
        else
          redis.call('HDEL', batch_key(batch), name)
        end
      end)
    end
  end
  local open = score(key('open_batches'), batch) ~= nil
  if not open and facts.window and (not facts.finished_at or parts_of(batch) > 0) then
    found('batches', about, 'is not through and not in open_batches', 'opened', function()
      redis.call('ZADD', key('open_batches'), 'NX', whole(now_us), batch)
      redis.call('HDEL', batch_key(batch), 'finished_at')
    end)
  end
  if not score(key('batches'), batch) then
    found('batches', about, 'is not listed in batches', 'entered', function()
      redis.call('ZADD', key('batches'), digits(facts.created_at) and facts.created_at or whole(now), batch)
    end)
  end
end

-- batch_parts: of batches whose jobs or members are there, and perhaps no more.
function checks.batch_parts(batch)
  if parts_of(batch) == 0 or redis.call('EXISTS', batch_key(batch)) == 1 then return end
  found('batches', 'batch ' .. batch, 'has members and has lost its hash', 'restored', function()
    restore_batch(batch)
    redis.call('HSET', batch_key(batch), 'total', whole(parts_of(batch)), 'created_at', now)
    redis.call('ZADD', key('batches'), now, batch)
  end)
end

-- batch_jobs: jobs of the batch of context.
function checks.batch_jobs(id)
  if not score(batch_jobs_key(context), id) then return end
  if redis.call('ZRANGE', batch_jobs_key(context), 0, 0)[1] == id then checks.batch_parts(context) end
  if is_live(id) then return end
  found('batches', 'job ' .. id, 'ended and batch ' .. context .. ' did not count it', 'counted', function()
    count_for_batch(context, id, redis.call('HGET', job_key(id), 'outcome') or 'lost')
  end)
end

local function listed(name)
  return function(batch)
    local is_there = redis.call('EXISTS', batch_key(batch)) == 1 or parts_of(batch) > 0
    if is_there or not score(key(name), batch) then return end
    found('batches', 'batch ' .. batch, 'is in ' .. name .. ' and is lost', 'taken out', function()
      redis.call('ZREM', key(name), batch)
    end)
  end
end
checks.open_batches, checks.listed_batches = listed('open_batches'), listed('batches')
