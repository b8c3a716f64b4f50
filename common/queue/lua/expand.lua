-- expand: version, holder, term, queue ahead max, seed. Batches in turn: members become jobs as long as
-- their payer's backfill lane has room, one whose first members have none is passed over, and of a
-- cancelled one jobs are taken back. Answers how much it came further, at most about FEW.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local ahead_max, seed = tonumber(ARGV[4]), ARGV[5]
local KEPT_MAX, DROPPED_AT_ONCE = 2000, 20 -- batches, finished ones among them
local further, looked = 0, 0

local rooms = {}
local function has_room(payer)
  if rooms[payer] == nil then rooms[payer] = ahead_max - live(payer, 'backfill') end
  return rooms[payer] > 0
end

local function count(batch, outcome, by)
  add(batch_key(batch), outcome, by or 1)
  further = further + 1
end

-- Answers false when its payer has no room, or it is paused: its turn comes.
local function begin_job(batch, window, member)
  local known = redis.call('HMGET', member_key(member), 'payer', 'state')
  if not known[1] or known[2] ~= 'active' then
    count(batch, 'skipped')
    return true
  end
  if not has_room(known[1]) or paused('member:' .. member) then return false end
  local made = enqueue(job_id(seed, looked), member, known[1], 'backfill', window, 'backfill', false, batch)
  if made[2] ~= 1 then
    count(batch, 'duplicate')
  else
    rooms[known[1]] = rooms[known[1]] - 1
    further = further + 1
  end
  return true
end

-- One that another release ended without counting it, or whose hash is lost, counts as it says.
local function follow(batch, job, cancelled)
  if not is_live(job) then
    count_for_batch(batch, job, redis.call('HGET', job_key(job), 'outcome') or 'lost')
    further = further + 1
  elseif cancelled then
    redis.call('HSETNX', job_key(job), 'cancel', cancelled)
    if cancel_waiting(job, redis.call('HGET', job_key(job), 'member')) then further = further + 1 end
  end
end

local function drop_batch(old)
  redis.call('ZREM', key('open_batches'), old)
  redis.call('ZREM', key('batches'), old)
  redis.call('DEL', batch_key(old), batch_jobs_key(old), batch_left_key(old))
end
-- The oldest that finished make room.
local function finish(batch)
  redis.call('ZREM', key('open_batches'), batch)
  redis.call('HSET', batch_key(batch), 'finished_at', now)
  further = further + 1
  local over = math.min(redis.call('ZCARD', key('batches')) - KEPT_MAX, DROPPED_AT_ONCE)
  if over <= 0 then return end
  for _, old in ipairs(redis.call('ZRANGE', key('batches'), 0, MOST - 1)) do
    if over > 0 and not redis.call('ZSCORE', key('open_batches'), old) then
      drop_batch(old)
      over = over - 1
    end
  end
end

-- Members go one by one; the first without room goes to the end, so that another payer's comes up.
local function begin_jobs(batch, window)
  while looked < FEW do
    local member = redis.call('LPOP', batch_left_key(batch))
    if not member then return end
    looked = looked + 1
    if not begin_job(batch, window, member) then
      redis.call('RPUSH', batch_left_key(batch), member)
      return
    end
  end
end

local function follow_jobs(batch, cancelled)
  for _, job in ipairs(redis.call('ZRANGE', batch_jobs_key(batch), 0, FEW - looked - 1)) do
    redis.call('ZADD', batch_jobs_key(batch), 'XX', now, job) -- others are looked at next time
    looked = looked + 1
    follow(batch, job, cancelled)
  end
  if redis.call('EXISTS', batch_jobs_key(batch), batch_left_key(batch)) == 0 then finish(batch) end
end

local function step(batch)
  local facts = redis.call('HMGET', batch_key(batch), 'window', 'cancel')
  if not facts[1] then -- its hash is lost: nobody can say what it was
    further = further + 1
    return drop_batch(batch)
  end
  if facts[2] then
    local left = redis.call('LLEN', batch_left_key(batch))
    redis.call('DEL', batch_left_key(batch))
    if left > 0 then count(batch, 'cancelled', left) end
  else
    begin_jobs(batch, facts[1])
  end
  if redis.call('EXISTS', batch_left_key(batch)) == 0 and looked < FEW then follow_jobs(batch, facts[2]) end
end

-- To the end of the line, also where the clock was set back.
local last = redis.call('ZRANGE', key('open_batches'), -1, -1, 'WITHSCORES')
local turn = math.max(now_us, number_or_zero(last[2]) + 1)
for _, batch in ipairs(redis.call('ZRANGE', key('open_batches'), 0, FEW - 1)) do
  if looked >= FEW then break end
  redis.call('ZADD', key('open_batches'), whole(turn), batch)
  turn = turn + 1
  step(batch)
end
return further
