-- expand: version, holder, term, queue ahead max, seed. One step of the batch that waited longest:
-- members become jobs as long as their payer's backfill lane has room; of a cancelled one, jobs are
-- taken back. Answers how many it came further with.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local ahead_max, seed = tonumber(ARGV[4]), ARGV[5]
local KEPT_MAX, DROPPED_AT_ONCE = 2000, 20 -- batches, finished ones among them
local batch = redis.call('ZRANGE', key('open_batches'), 0, 0)[1]
if not batch then return 0 end
redis.call('ZADD', key('open_batches'), whole(now_us), batch) -- to the end of the line

local facts = redis.call('HMGET', batch_key(batch), 'window', 'cancel')
local window, cancelled = facts[1], facts[2]
local further = 0

local function count(outcome)
  redis.call('HINCRBY', batch_key(batch), outcome, 1)
  further = further + 1
end

local function begin_job(number, member)
  local known = redis.call('HMGET', member_key(member), 'payer', 'state')
  if known[2] ~= 'active' then return count('skipped') end
  if live(known[1], 'backfill') >= ahead_max then
    redis.call('RPUSH', batch_left_key(batch), member)
    return
  end
  local answer = enqueue(job_id(seed, number), member, known[1], 'backfill', window, 'backfill', false, batch)
  if answer[2] == 0 then return count('duplicate') end
  further = further + 1
end

-- One that another release ended without counting it, or whose hash is lost, counts as it says.
local function follow(job)
  if not is_live(job) then
    count_for_batch(batch, job, redis.call('HGET', job_key(job), 'outcome') or 'lost')
    further = further + 1
  elseif cancelled then
    local member = redis.call('HGET', job_key(job), 'member')
    if cancel_waiting(job, member) then
      further = further + 1
    else
      redis.call('HSET', job_key(job), 'cancel', 1)
    end
  end
end

local function drop_batch(old)
  redis.call('ZREM', key('open_batches'), old)
  redis.call('ZREM', key('batches'), old)
  redis.call('DEL', batch_key(old), batch_jobs_key(old), batch_left_key(old))
end
-- The oldest that finished make room.
local function finish()
  redis.call('ZREM', key('open_batches'), batch)
  redis.call('HSET', batch_key(batch), 'finished_at', now)
  local over = math.min(redis.call('ZCARD', key('batches')) - KEPT_MAX, DROPPED_AT_ONCE)
  if over <= 0 then return end
  for _, old in ipairs(redis.call('ZRANGE', key('batches'), 0, MOST - 1)) do
    if over > 0 and not redis.call('ZSCORE', key('open_batches'), old) then
      drop_batch(old)
      over = over - 1
    end
  end
end

if not window then -- its hash is lost: nobody can say what it was
  drop_batch(batch)
  return 1
end
if cancelled then
  local left = redis.call('LLEN', batch_left_key(batch))
  if left > 0 then
    redis.call('DEL', batch_left_key(batch))
    redis.call('HINCRBY', batch_key(batch), 'cancelled', left)
  end
end
local members = redis.call('LRANGE', batch_left_key(batch), 0, MOST - 1)
redis.call('LTRIM', batch_left_key(batch), MOST, -1)
for number, member in ipairs(members) do begin_job(number, member) end
if #members == 0 then
  for _, job in ipairs(redis.call('ZRANGE', batch_jobs_key(batch), 0, MOST - 1)) do
    redis.call('ZADD', batch_jobs_key(batch), 'XX', now, job) -- others are looked at next time
    follow(job)
  end
  if redis.call('EXISTS', batch_jobs_key(batch), batch_left_key(batch)) == 0 then
    finish()
  end
end
return further
