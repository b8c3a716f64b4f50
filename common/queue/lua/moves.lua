-- The few moves that all transitions are made of.
-- Lua allows a script 200 locals, so what one move alone needs stands in a block with it.
local CURSOR_INLINE_MAX = 64 -- bytes: with a longer value Redis stores the whole hash at twice the size
local COMMANDS_MAX, REJECTED_MAX = 10000, 1000

-- True when the caller's lease is the one that holds the member.
local function holds(job, member, fence)
  return redis.call('HGET', key('busy'), member) == job
    and redis.call('HGET', job_key(job), 'fence') == fence
end
-- What a transition asks of its job, in one look: by name, and false where there is none.
local job_facts
do
  local NAMES = { 'fence', 'member', 'payer', 'kind', 'window', 'lane', 'enqueued_at', 'batch', 'cursor', 'rerun',
    'rerun_at', 'cancel', 'renewed', 'worker' }
  function job_facts(job)
    local found = redis.call('HMGET', job_key(job), unpack(NAMES))
    local facts = {}
    for at, name in ipairs(NAMES) do facts[name] = found[at] end
    return facts
  end
end
-- The same, for the caller whose lease holds the member; else nothing.
local function held_facts(job, member, fence)
  if redis.call('HGET', key('busy'), member) ~= job then return nil end
  local facts = job_facts(job)
  return facts.fence == fence and facts or nil
end
local function lease_lost() return fail('LEASE_LOST', 'another owns the member, or the job is over') end

-- Jobs that are alive, by payer and lane: what is planned ahead, and what operators are shown.
local function count_live(payer, lane, by)
  add(key('live'), payer .. ' ' .. lane, by)
end
local function live(payer, lane)
  return number_or_zero(redis.call('HGET', key('live'), payer .. ' ' .. lane))
end

-- `renewed` speaks of this lease alone: the next one begins with the member's new tokens.
local function leave_running(job, member, payer, renewed)
  redis.call('ZREM', key('running'), job)
  redis.call('HDEL', key('busy'), member)
  add(key('load'), payer, -1)
  if renewed then redis.call('HDEL', job_key(job), 'renewed') end
end

-- What an operator's function may not do itself: carry_out.lua does it. Answers its id, or nothing when
-- too many wait.
local function command(...)
  if redis.call('XLEN', key('commands')) >= COMMANDS_MAX then return nil end
  return redis.call('XADD', key('commands'), '*', ...)
end

-- Every worker asks at once which of its jobs are to end, instead of at its next heartbeat.
local function announce_cancel() redis.call('PUBLISH', key('quota'), 'cancel') end

-- A running job that lost its hash could not tell the reaper whose it was: its member is free again
-- as soon as somebody looks.
local function is_busy(member, payer)
  local job = redis.call('HGET', key('busy'), member)
  if job and not adds_only and not redis.call('ZSCORE', key('running'), job) then
    leave_running(job, member, payer, true)
    return false
  end
  return job
end

local function leave_ready(member, payer, lane)
  if not adds_only then
    redis.call('ZREM', ready_key(payer, lane), member)
  elseif redis.call('ZSCORE', ready_key(payer, lane), member) then
    command('cmd', 'stand', 'member', member)
  end
end

-- Hints are few: whoever hears one claims as many as it has room for.
local function wake()
  local WAKE_MAX = 1000
  if hints_left == 0 then return end
  hints_left = hints_left - 1
  if redis.call('LLEN', key('wake')) < WAKE_MAX then redis.call('LPUSH', key('wake'), '1') end
end

-- A member that leaves stands in a line of its own, or in none: only its erasure runs.
local function stand_to_be_erased(member, payer, job)
  for _, lane in ipairs(LANES) do leave_ready(member, payer, lane) end
  if job and redis.call('HGET', job_key(job), 'kind') == 'erase' and not is_busy(member, payer) then
    redis.call('ZADD', key('ready_erase'), 'NX', now_text, member)
    wake()
  elseif not adds_only then
    redis.call('ZREM', key('ready_erase'), member)
  end
end

-- Puts the member where it belongs: in the ready set of its best job's lane, or in none.
-- nowhere: it is known to stand in none. Also where known: only, its one runnable job and that one's score, and
-- facts, its payer and state.
local function stand(member, nowhere, only, facts)
  local best = only or redis.call('ZRANGE', jobs_key(member), 0, 0, 'WITHSCORES')
  if nowhere and not best[1] then return end
  facts = facts or redis.call('HMGET', member_key(member), 'payer', 'state')
  local payer, state = facts[1], facts[2]
  if not payer then return end
  if state == 'erasing' then return stand_to_be_erased(member, payer, best[1]) end
  if best[1] and paused('member:' .. member) then best = keepalive.runnable(member) end
  local may = best[1] and state == 'active'
    and not is_busy(member, payer)
  local lane = may and LANES[math.floor(tonumber(best[2]) / RANK_STEP) + 1]
  if not nowhere then
    for _, other in ipairs(LANES) do
      if other ~= lane then leave_ready(member, payer, other) end
    end
  end
  if lane then
    redis.call('ZADD', ready_key(payer, lane), whole(tonumber(best[2]) % RANK_STEP), member)
    wake()
  end
end

-- The job becomes runnable. since: its place in the lane; one that is handed back keeps the place that
-- it had, so that a member half pulled does not wait behind the whole fleet.
local function make_ready(job, member, lane, nowhere, since)
  local at = math.min(now, tonumber(since or now) or now)
  redis.call('HSET', job_key(job), 'state', 'ready')
  redis.call('ZADD', jobs_key(member), whole(LANE_RANK[lane] * RANK_STEP + at), job)
  stand(member, nowhere)
end

-- The job comes back later, by promote.lua.
local function delay(job, member, at)
  redis.call('HSET', job_key(job), 'state', 'delayed')
  redis.call('ZADD', key('delayed'), at, job)
  redis.call('ZADD', waits_key(member), at, job)
end
local function leave_delayed(job, member)
  if member then redis.call('ZREM', waits_key(member), job) end
  return redis.call('ZREM', key('delayed'), job) == 1
end

local function uniq_field(kind, member, window) return kind .. ' ' .. member .. ' ' .. window end
-- The same work may be enqueued again.
local function leave_uniq(job, kind, member, window)
  local field = uniq_field(kind, member, window)
  if redis.call('HGET', key('uniq'), field) == job then redis.call('HDEL', key('uniq'), field) end
end
-- Neither ended nor lost with its hash: something comes of it yet.
local function is_live(job)
  local state = redis.call('HGET', job_key(job), 'state')
  return state and state ~= 'done' and state ~= 'dead' and state
end
local function live_sync(member)
  local job = redis.call('HGET', member_key(member), 'live_sync')
  return job and is_live(job) and job
end

local function drop_ended(history, job)
  redis.call('ZREM', key(history), job)
  redis.call('DEL', job_key(job))
end

-- Histories (`dead`, `done`) are of bounded length; tidy.lua also bounds them by age.
local function trim_history(history)
  local MAX, TRIM = history == 'dead' and 100000 or 10000, 20
  local over = redis.call('ZCARD', key(history)) - MAX
  if over < TRIM then return end
  local oldest = redis.call('ZRANGE', key(history), 0, math.min(over, MOST) - 1)
  local hashes = {}
  for at, ended in ipairs(oldest) do hashes[at] = job_key(ended) end
  redis.call('ZREM', key(history), unpack(oldest))
  redis.call('DEL', unpack(hashes))
  redis.call('HINCRBY', key('counters'), history .. '_dropped', #oldest)
end
local function into_history(history, job)
  redis.call('ZADD', key(history), now_text, job)
  if gathered then gathered.histories[history] = true else trim_history(history) end
end

local function set_due(payer, member, at)
  redis.call('ZADD', due_key(payer), whole(at), member)
  redis.call('HSET', member_key(member), 'next_due', whole(at))
end

-- Nothing but its end leads out of an erasure.
local function set_member_state(member, state)
  local facts = redis.call('HMGET', member_key(member), 'state', 'payer', 'last_ok')
  local before = facts[1]
  if before == state or (before == 'erasing' and state ~= 'erased') then return end
  -- Of an erasure that an operator begins, the scheduler's first step does it.
  if state ~= 'active' and facts[2] and not adds_only then keepalive.leave(facts[2], member) end
  if before then add(key('states'), before, -1) end
  add(key('states'), state, 1)
  -- Two moves may leave the states' numbers as they were; fsck has to know that it counted none.
  add(key('counters'), 'members_moved', 1)
  redis.call('HSET', member_key(member), 'state', state)
  -- How fresh members are is asked of those whom anybody may refresh.
  if state ~= 'active' and not adds_only then redis.call('ZREM', key('lastok'), member) end
  if state == 'active' and facts[3] then redis.call('ZADD', key('lastok'), facts[3], member) end
  if redis.call('HGET', key('meta'), 'recorded') then redis.call('ZADD', key('unrecorded'), now_text, member) end
  -- What retain.lua noted of an earlier end of the consent says nothing of the next one.
  if before == 'reconsent' and not adds_only then redis.call('HDEL', member_key(member), 'reconsent_since') end
end

-- Answers the job's id, and 1 when it is new. When one for the same work is alive: 0; or 2 where that
-- one will be followed by another run: with `again`, because it runs already; always, when it was
-- cancelled and is only about to end.
local function enqueue(id, member, payer, kind, window, lane, again, batch)
  local field = uniq_field(kind, member, window)
  if redis.call('HSETNX', key('uniq'), field, id) == 0 then
    local alive = redis.call('HGET', key('uniq'), field)
    local state = is_live(alive)
    if state then
      local marked = redis.call('HGET', job_key(alive), 'cancel')
      if not marked and not (again and state == 'running') then return { alive, 0 } end
      local asked = redis.call('HGET', job_key(alive), 'rerun_at')
      if asked and not (marked and number_or_zero(asked) < number_or_zero(marked)) then return { alive, 0 } end
      redis.call('ZADD', key('reruns'), now_text, alive)
      redis.call('HSET', job_key(alive), 'rerun', lane, 'rerun_at', now_text)
      return { alive, 2 }
    end
    redis.call('HSET', key('uniq'), field, id)
  end
  redis.call('HSET', job_key(id), 'member', member, 'payer', payer, 'kind', kind, 'window', window,
    'lane', lane, 'enqueued_at', now_text, 'state', 'ready')
  if batch then
    redis.call('HSET', job_key(id), 'batch', batch)
    redis.call('ZADD', batch_jobs_key(batch), 0, id)
  end
  if kind == 'sync' then redis.call('HSET', member_key(member), 'live_sync', id) end
  count_live(payer, lane, 1)
  local score = whole(LANE_RANK[lane] * RANK_STEP + now)
  redis.call('ZADD', jobs_key(member), score, id)
  -- Without another runnable job it stood nowhere.
  local alone = redis.call('ZCARD', jobs_key(member)) == 1
  -- Work is enqueued for active members, but for what takes one out.
  stand(member, alone, alone and { id, score }, kind ~= 'erase' and { payer, 'active' })
  return { id, 1 }
end

-- One that was asked for again while it ran is followed by the run that was asked for.
local function run_again(job, member, payer, kind, window, lane)
  if redis.call('ZREM', key('reruns'), job) == 0 then return end
  redis.call('HDEL', job_key(job), 'rerun', 'rerun_at')
  if redis.call('HGET', member_key(member), 'state') ~= 'active' then return end
  enqueue(job_id(job, 'again'), member, payer, kind, window, lane)
end

-- A batch counts each of its jobs once, however it ended.
local function count_for_batch(batch, job, outcome)
  if redis.call('ZREM', batch_jobs_key(batch), job) == 1 then
    add(batch_key(batch), outcome, 1)
  end
end

local end_one
do
  -- Of a member that leaves nothing is noted any more, but that its rows are gone: erase.lua goes on from there.
  local function tell_leaving(job, member, facts, ending, live_sync_job)
    if live_sync_job == job then redis.call('HDEL', member_key(member), 'live_sync') end
    if facts.kind == 'erase' and ending.outcome == 'done' then
      redis.call('HSET', member_key(member), 'sink_erased_at', now_text, 'erase_fence', facts.fence)
      redis.call('ZADD', key('erase_at'), now_text, member)
    end
  end

  -- What the end of a job says of its member. Every end of a sync gives an active member its next due time, so
  -- that nobody is forgotten; other work leaves the one that it has.
  local function tell_member(job, member, facts, ending)
    local payer, is_sync = facts.payer, facts.kind == 'sync'
    local about = redis.call('HMGET', member_key(member), 'state', 'live_sync', 'last_dead')
    if about[1] == 'erasing' then return tell_leaving(job, member, facts, ending, about[2]) end
    local written, gone = {}, {}
    if is_sync and about[2] == job then gone[1] = 'live_sync' end
    if ending.outcome == 'dead' then
      written = { 'last_dead', job }
      -- It would end so each hour.
      if facts.kind == 'keepalive' and about[1] == 'active' then keepalive.later(payer, member) end
    elseif ending.outcome == 'done' and is_sync then
      if about[1] == 'active' then redis.call('ZADD', key('lastok'), now_text, member) end
      written = { 'last_ok', now_text }
      if ending.swept then written = { 'last_ok', now_text, 'last_sweep', now_text } end
      if about[3] then gone[#gone + 1] = 'last_dead' end
    end
    if ending.outcome == 'reconsent' then
      set_member_state(member, 'reconsent')
      redis.call('ZREM', due_key(payer), member)
    elseif about[1] == 'active' and (is_sync or not redis.call('ZSCORE', due_key(payer), member)) then
      local due = whole(now + ending.due_in)
      redis.call('ZADD', due_key(payer), due, member)
      written[#written + 1] = 'next_due'
      written[#written + 1] = due
    end
    if written[1] then redis.call('HSET', member_key(member), unpack(written)) end
    if gone[1] then redis.call('HDEL', member_key(member), unpack(gone)) end
  end

  local function write_ending(job, ending, history)
    if (ending.code or '') == '' then
      redis.call('HSET', job_key(job), 'state', history, 'outcome', ending.outcome, 'finished_at', now_text)
    else
      redis.call('HSET', job_key(job), 'state', history, 'outcome', ending.outcome, 'finished_at', now_text,
        'stage', ending.stage, 'code', ending.code, 'detail', ending.detail)
    end
  end

  function end_one(job, member, facts, ending)
    leave_uniq(job, facts.kind, member, facts.window)
    count_live(facts.payer, facts.lane, -1)
    if facts.cursor then
      redis.call('HDEL', job_key(job), 'cursor')
      if facts.cursor == '' then redis.call('DEL', cursor_key(job)) end
    end
    local history = ending.outcome == 'dead' and 'dead' or 'done'
    write_ending(job, ending, history)
    into_history(history, job)
    if facts.batch then count_for_batch(facts.batch, job, ending.outcome) end
    trail.ended(job, member, facts, ending)
    tell_member(job, member, facts, ending)
    if facts.rerun then
      -- A cancel means what was asked for before it.
      if facts.cancel and number_or_zero(facts.rerun_at) < number_or_zero(facts.cancel) then
        redis.call('ZREM', key('reruns'), job)
      end
      run_again(job, member, facts.payer, facts.kind, facts.window, facts.rerun)
    end
  end
end

-- Nothing of a member that must consent again can run: its other jobs end with it, or they would be
-- counted as work ahead for ever. What is beyond one call is another's, by carry_out.lua.
local function end_parked(member)
  local ending = { outcome = 'reconsent', due_in = 0, stage = 'queue', code = 'reconsent',
    detail = 'the consent ended', parked = true }
  local ended = 0
  for _, set in ipairs({ jobs_key(member), waits_key(member) }) do
    for _, job in ipairs(redis.call('ZRANGE', set, 0, FEW / 2 - 1)) do
      redis.call('ZREM', set, job)
      redis.call('ZREM', key('delayed'), job)
      end_one(job, member, job_facts(job), ending)
      ended = ended + 1
    end
  end
  if ended >= FEW / 2 then command('cmd', 'end_parked', 'member', member) end
  return ended
end

-- Ends a job that stands neither in running, in delayed, nor among the member's runnable ones; the cursor goes.
-- ending: outcome (done, dead, reconsent, cancelled), due_in (ms to the member's next due time), and perhaps
-- stage, code and detail, whether the member was swept, and what was pulled under the last lease (counts).
local function conclude(job, member, facts, ending, nowhere)
  end_one(job, member, facts, ending)
  if ending.outcome == 'reconsent' and redis.call('HGET', member_key(member), 'state') == 'reconsent' then
    end_parked(member)
  end
  stand(member, nowhere)
end

-- How long after a sync that did not end well a member is due again, where the caller does not say.
local function usual_interval() return tonumber(redis.call('HGET', key('meta'), 'interval') or DAY) or DAY end

-- For a job that stands nowhere any more and bears an operator's mark. counts: of the lease that it had, if any.
local function end_cancelled(job, member, counts)
  conclude(job, member, job_facts(job), { outcome = 'cancelled', due_in = usual_interval(), stage = 'queue',
    code = 'cancelled', detail = 'an operator cancelled it', counts = counts })
end
-- Takes a live job that does not run out of the queue. One that runs is told by its heartbeat.
local function cancel_waiting(job, member)
  if redis.call('ZSCORE', key('running'), job) then return false end
  leave_delayed(job, member)
  redis.call('ZREM', jobs_key(member), job)
  end_cancelled(job, member)
  return true
end

-- A job that was not written by us: set aside with a reason, so that it neither crashes a worker nor
-- holds its member up.
local function set_aside(job, member)
  local facts = redis.call('HMGET', job_key(job), 'kind', 'window', 'payer', 'lane', 'enqueued_at', 'batch')
  if member and facts[1] and facts[2] then
    leave_uniq(job, facts[1], member, facts[2])
    if facts[1] == 'sync' and redis.call('HGET', member_key(member), 'live_sync') == job then
      redis.call('HDEL', member_key(member), 'live_sync')
    end
  end
  if facts[3] and facts[4] and facts[5] then count_live(facts[3], facts[4], -1) end
  if facts[6] then count_for_batch(facts[6], job, 'dead') end
  redis.call('ZREM', key('reruns'), job)
  redis.call('HDEL', job_key(job), 'cursor')
  redis.call('DEL', cursor_key(job))
  redis.call('HSET', job_key(job), 'state', 'dead', 'outcome', 'dead', 'finished_at', now_text, 'stage', 'intake',
    'code', 'malformed_job', 'detail', 'its hash was not written by claimferry; enqueue the work again')
  into_history('dead', job)
  if member then stand(member) end
end

-- Refuses a scheduler that no longer leads. term: holder and number, as lead.lua gave them.
local function leads(holder, term)
  local facts = redis.call('HMGET', key('leader'), 'holder', 'term', 'until')
  return facts[1] == holder and facts[2] == term and number_or_zero(facts[3]) > now
end
local function not_leader() return fail('NOT_LEADER', 'another scheduler leads') end
