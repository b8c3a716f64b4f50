-- Entries of the indexes whose job or member is not there, or is another's: what a job or a member says
-- itself is looked at with it. An entry that went since it was read is no finding.

local function job_owner(id)
  local facts = read(job_key(id), { 'member', 'state', 'kind', 'window' })
  facts.live = facts.state and not ENDED[facts.state]
  return facts
end
local function says_nothing(row, id, where, mend)
  found(row, 'job ' .. id, 'stands in ' .. where .. ' and says nothing', 'taken out', mend)
end

-- uniq: field and job. It knows what a job was whose hash is lost; so it is looked at first.
function checks.uniq(field, id)
  if redis.call('HGET', key('uniq'), field) ~= id then return end
  local work, member, window = string.match(field, '^(%S+) (%S+) (%S+)$')
  local job = job_owner(id)
  local function drop(what)
    found('I4', 'job ' .. id, what, 'taken out', function() redis.call('HDEL', key('uniq'), field) end)
  end
  if not work then return drop('is named by uniq for no work') end
  if job.exists and not job.live and job.state then return drop('is named by uniq and has ended') end
  local same = (job.kind or work) == work and (job.member or member) == member and (job.window or window) == window
  if job.exists and not same then return drop('is named by uniq for work of another') end
  if job.kind and job.member and job.window then return end
  local at = read_job(id)
  local stands = job.exists or at.at.running or at.at.delayed or score(jobs_key(member), id)
    or score(waits_key(member), id) or redis.call('HGET', key('busy'), member) == id
  if not stands then return drop('is named by uniq and is nowhere') end
  if not repair then return end -- its places, or its own check, tell of it
  found('I3', 'job ' .. id, job.exists and 'lacks what it is to do' or 'has lost its hash', 'restored from uniq',
    function()
      redis.call('HSET', job_key(id), 'kind', work, 'member', member, 'window', window)
      local known = read_job(id)
      local payer = redis.call('HGET', member_key(member), 'payer')
      if payer then say(known, lacking(known, payer)) end
      if known.at.running and not known.fence then redis.call('HSET', job_key(id), 'fence', next_fence()) end
      if known.lane and not known.state then put(known, true_place(known)) end
    end)
end

-- busy: member and job.
function checks.busy(member, id)
  if redis.call('HGET', key('busy'), member) ~= id then return end
  local job = job_owner(id)
  if job.member == member then return end
  local payer = redis.call('HGET', member_key(member), 'payer')
  if not job.member and payer and score(key('running'), id) then
    if not repair then return end
    -- Its worker may be at work: what it does is left to it, as a pull of everything.
    found('I3', 'job ' .. id, 'runs and does not say for whom', 'restored from busy', function()
      redis.call('HSET', job_key(id), 'member', member)
      local known = read_job(id)
      say(known, lacking(known, payer))
      if not known.fence then redis.call('HSET', job_key(id), 'fence', next_fence()) end
      put(known, 'running')
    end)
    return
  end
  found('I2', 'member ' .. member, 'is busy with job ' .. id .. ', which is not its own', 'freed', function()
    redis.call('HDEL', key('busy'), member)
    stand(member)
  end)
end

-- running, delayed, dead, done: jobs.
local function entry_of(place)
  return function(id)
    if not score(key(place), id) or job_owner(id).exists then return end
    says_nothing('I3', id, place, function() redis.call('ZREM', key(place), id) end)
  end
end
for _, place in ipairs({ 'running', 'delayed', 'dead', 'done' }) do checks[place] = entry_of(place) end

-- ready: members of the set of context, a payer and a lane.
function checks.ready(member)
  local payer, lane = string.match(context, '^(.+):(%l+)$')
  if not redis.call('ZSCORE', ready_key(payer, lane), member) then return end
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
  if facts[1] == payer or (not facts[1] and facts[2]) then return end
  local is = facts[1] and 'of ' .. facts[1] or 'unknown'
  found('I1', 'member ' .. member, 'is ready under ' .. payer .. ' and is ' .. is, 'taken out', function()
    redis.call('ZREM', ready_key(payer, lane), member)
    stand(member)
  end)
end

-- runnable, waits: jobs of the member of context.
local function entry_of_member(set_key, is_told_elsewhere)
  return function(id)
    local member = context
    if not score(set_key(member), id) then return end
    local job = job_owner(id)
    if job.member == member or is_told_elsewhere(id, job) then return end
    if job.exists and not job.member then
      if not repair then return end
      found('I3', 'job ' .. id, 'does not say whose it is', 'restored from where it stands', function()
        redis.call('HSET', job_key(id), 'member', member)
      end)
      return
    end
    local function mend()
      redis.call('ZREM', set_key(member), id)
      stand(member)
    end
    if not job.exists then return says_nothing('I3', id, 'a set of member ' .. member, mend) end
    found('I3', 'job ' .. id, "stands in a set of member " .. member .. " and is another's", 'taken out', mend)
  end
end
checks.runnable = entry_of_member(jobs_key, function() return false end)
checks.waits = entry_of_member(waits_key, function(id, job) return not job.exists and score(key('delayed'), id) end)

-- runnable_sets, waits_sets: members whose whole sets are looked at, as nearly all are small; of the
-- others it answers the names.
local SMALL = 4
local function small_sets(set_key, check)
  return function(member)
    if redis.call('ZCARD', set_key(member)) > SMALL then
      tally[member] = 1
      return
    end
    context = member
    for _, id in ipairs(redis.call('ZRANGE', set_key(member), 0, -1)) do check(id) end
  end
end
checks.runnable_sets = small_sets(jobs_key, checks.runnable)
checks.waits_sets = small_sets(waits_key, checks.waits)

-- keepalive: members of the payer of context whose tokens are refreshed at that time.
function checks.keepalive(member)
  if not redis.call('ZSCORE', keepalive.key(context), member) then return end
  local facts = read(member_key(member), { 'payer', 'state' })
  if facts.payer == context and (facts.state == 'active' or facts.state == 'erasing') then return end
  -- Of a hash that lost a field is told elsewhere.
  if facts.exists and not (facts.payer and facts.state) then return end
  local is = facts.exists and (facts.payer ~= context and 'of another payer' or facts.state) or 'unknown'
  found('I7', 'member ' .. member, 'has tokens to be kept alive at ' .. context .. ' and is ' .. is, 'taken out',
    function() keepalive.leave(context, member) end)
end

-- due: members due at the payer of context. Who is due had consented.
function checks.due(member)
  if not redis.call('ZSCORE', due_key(context), member) then return end
  local facts = read(member_key(member), { 'payer', 'state' })
  if not facts.exists and can_restore(member) then
    found('I7', 'member ' .. member, 'is due and has lost its hash', 'restored', function()
      restore_member(member, context)
    end)
  elseif facts.state == 'erasing' and facts.payer == context then
    return -- the scheduler takes it out, or did by now
  elseif not facts.exists or (facts.payer and facts.payer ~= context) or (facts.state and facts.state ~= 'active') then
    local is = not facts.exists and 'unknown' or facts.payer ~= context and 'of another payer' or facts.state
    found('I7', 'member ' .. member, 'is due at ' .. context .. ' and is ' .. tostring(is), 'taken out', function()
      redis.call('ZREM', due_key(context), member)
    end)
  end
end

function checks.lastok(member)
  if not redis.call('ZSCORE', key('lastok'), member) then return end
  local facts = read(member_key(member), { 'state' })
  -- Whom an operator erases the scheduler's first step takes out.
  if facts.exists and (not facts.state or facts.state == 'active' or facts.state == 'erasing') then return end
  found('counts', 'member ' .. member, 'is in lastok and ' .. (facts.state or 'unknown'), 'taken out', function()
    redis.call('ZREM', key('lastok'), member)
  end)
end

-- erasing, erase_at, ready_erase: members that leave. Whatever else such a member says, its erasure was asked for.
function checks.erasing(member)
  if not score(key('erasing'), member) then return end
  local facts = read(member_key(member), { 'payer', 'state' })
  if facts.state == 'erasing' or (facts.exists and not facts.state) then return end
  local goes_on = facts.exists and facts.state ~= 'erased'
  found('I7', 'member ' .. member, 'is to be erased and ' .. (facts.exists and 'says ' .. facts.state or 'unknown'),
    goes_on and 'goes on' or 'taken out', function()
      if goes_on then return set_member_state(member, 'erasing') end
      redis.call('ZREM', key('erasing'), member)
      redis.call('ZREM', key('erase_at'), member)
    end)
end
local function only_who_leaves(index)
  return function(member)
    if not score(key(index), member) or score(key('erasing'), member) then return end
    if redis.call('HGET', member_key(member), 'state') == 'erasing' then return end -- its own check tells of it
    found('I7', 'member ' .. member, 'is in ' .. index .. ' and does not leave', 'taken out', function()
      redis.call('ZREM', key(index), member)
    end)
  end
end
checks.erase_at = only_who_leaves('erase_at')
checks.ready_erase = only_who_leaves('ready_erase')

-- reruns: jobs that were asked for again while they ran.
function checks.reruns(id)
  if not score(key('reruns'), id) then return end
  local job = read_job(id)
  if job.exists and not ENDED[true_place(job)] then
    if job.rerun then return end
    found('reruns', 'job ' .. id, 'is in reruns and does not say its lane', 'completed', function()
      redis.call('HSET', job_key(id), 'rerun', LANE_RANK[job.lane or ''] and job.lane or 'routine')
    end)
    return
  end
  found('reruns', 'job ' .. id, 'ended and was asked for again', 'enqueued again where it says for whom', function()
    if job.member and job.payer and job.kind and job.window and LANE_RANK[job.rerun or ''] then
      run_again(id, job.member, job.payer, job.kind, job.window, job.rerun)
    end
    redis.call('ZREM', key('reruns'), id)
  end)
end

-- cursors: jobs that have a key for a long cursor.
function checks.cursors(id)
  if redis.call('EXISTS', cursor_key(id)) == 0 or is_live(id) then return end
  found('keys', 'job ' .. id, 'is not alive and has a cursor', 'dropped', function()
    redis.call('DEL', cursor_key(id))
  end)
end
