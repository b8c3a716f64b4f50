-- Why a member is, or is not, fresh: the first of these that holds says it. Each answers because,
-- evidence and the next thing to type, or nothing.
local OVERDUE = 15000 -- ms: a scheduler that leads would have acted

local function no_leader()
  local facts = redis.call('HMGET', key('leader'), 'until')
  return tonumber(facts[1] or '0') <= now
end
local NO_LEADER = 'start claimferry-scheduler, or look at its log'

local function paused_for(scope)
  local untill = redis.call('HGET', key('paused'), scope)
  if in_force(untill) then return untill == '0' and 'until it is resumed' or 'for ' .. ahead(untill) end
end
local function pause_of(member, facts, lane)
  for _, scope in ipairs({ 'all', 'payer:' .. facts.payer, 'lane:' .. lane, 'member:' .. member }) do
    local how_long = paused_for(scope)
    if how_long then return scope .. ' is paused ' .. how_long, call('resume', scope) end
  end
end

-- Parked while its payer refused many: it comes back by itself, so its consent is not said to have ended.
local function why_refused_with_many(member, facts)
  if not redis.call('ZSCORE', grants.refused_key(facts.payer), member) then return end
  local of = grants.read(facts.payer)
  local evidence = 'state reconsent, to be taken back'
  if of.stopped_at > 0 then
    return 'the payer ' .. facts.payer .. ' refused its refresh token beside those of many; it comes back when the '
      .. 'payer honours one', evidence .. ', refreshing stopped ' .. ago(of.stopped_at),
      call('resume', 'grants:' .. facts.payer)
  end
  if of.back == 1 then
    return 'the payer ' .. facts.payer .. ' refused its refresh token beside those of many and honours them again',
      evidence, no_leader() and NO_LEADER or call('member', member)
  end
end

local function why_gone(member, facts)
  if facts.state == 'reconsent' then
    local because, evidence, next = why_refused_with_many(member, facts)
    if because then return because, evidence, next end
    return 'its consent ended: the payer refused its refresh token',
      'state reconsent, consented ' .. moment(facts.consented_at),
      'claimferry member add ' .. member .. ' ... with a new refresh token'
  end
  if facts.state == 'erasing' then
    return 'it is being erased and is not synced any more', 'since ' .. moment(facts.erasing_since) .. ', data key '
      .. (facts.key_destroyed_at and 'destroyed ' .. moment(facts.key_destroyed_at) or 'not destroyed yet'),
      no_leader() and NO_LEADER or call('member', member)
  end
  if facts.state == 'erased' then
    return 'it was erased and is not synced any more', 'erased ' .. moment(facts.erased_at), 'nothing'
  end
  local since = 'state ' .. facts.state .. ', added ' .. moment(facts.added_at)
  if facts.state ~= 'active' then return 'it is ' .. facts.state, since, call('member', member) end
end

local function why_running(member)
  local job = redis.call('HGET', key('busy'), member)
  if not job then return end
  local of = redis.call('HMGET', job_key(job), 'kind', 'worker', 'claimed_at', 'cancel', 'cursor')
  local expires = tonumber(redis.call('ZSCORE', key('running'), job) or nil)
  if not expires or not of[1] then
    local lost = of[1] and ', which does not run' or ', of which nothing is known'
    return 'its job was lost from Redis', 'busy with ' .. job .. lost, 'claimferry fsck --repair'
  end
  local evidence = 'job ' .. job .. ' on ' .. (of[2] or 'no worker') .. ', claimed ' .. ago(of[3])
  if expires <= now then
    local next = no_leader() and NO_LEADER or call('member', member)
    return 'its worker fell silent; the job is taken back', evidence .. ', lease over for ' .. span(now - expires), next
  end
  if of[4] then return 'its job is being cancelled', evidence, call('member', member) end
  evidence = evidence .. (of[5] and ', pages stored' or ', no page stored yet')
  return 'its ' .. (of[1] or 'job') .. ' is running', evidence, call('member', member)
end

local function why_ready(member, facts)
  local best = redis.call('ZRANGE', jobs_key(member), 0, 0)[1]
  if not best then return end
  local lane = redis.call('HGET', job_key(best), 'lane') or 'routine'
  local pause, resume = pause_of(member, facts, lane)
  if pause then return pause, 'job ' .. best .. ' waits', resume end
  local blocked = number_or_zero(redis.call('HGET', quota_key(facts.payer), 'blocked_until'))
  if blocked > now then
    return 'the payer ' .. facts.payer .. ' asked for quiet', 'for ' .. ahead(blocked) .. ', job ' .. best .. ' waits',
      call('status', '')
  end
  local rank = redis.call('ZRANK', ready_key(facts.payer, lane), member)
  if not rank then
    return 'it has work and stands in no line', 'job ' .. best .. ' is not in ready:' .. facts.payer .. ':' .. lane,
      'claimferry fsck --repair'
  end
  local since = tonumber(redis.call('ZSCORE', ready_key(facts.payer, lane), member))
  local length = redis.call('ZCARD', ready_key(facts.payer, lane))
  local evidence = 'place ' .. (rank + 1) .. ' of ' .. length .. ' in lane ' .. lane .. ', since ' .. span(now - since)
    .. ', ' .. redis.call('ZCARD', key('running')) .. ' jobs run'
  return 'it waits for a worker', evidence, call('status', '')
end

local function why_delayed(member, facts)
  local first = redis.call('ZRANGE', waits_key(member), 0, 0, 'WITHSCORES')
  if not first[1] then return end
  local of = redis.call('HMGET', job_key(first[1]), 'stage', 'code', 'attempts', 'snoozes', 'lane')
  local at = tonumber(first[2])
  local evidence = 'job ' .. first[1] .. ' at ' .. (of[1] or '?') .. ', attempts ' .. (of[3] or '0') .. ', snoozes '
    .. (of[4] or '0')
  if at + OVERDUE < now and no_leader() then
    return 'its job should have come back ' .. ago(at) .. ' and no scheduler leads', evidence, NO_LEADER
  end
  local pause, resume = pause_of(member, facts, of[5] or 'routine')
  if pause then return pause, evidence, resume end
  if of[2] == 'invalid_grant_surge' then
    return 'the payer ' .. facts.payer .. ' refuses the refresh tokens of many, so none is sent until it honours one',
      evidence .. ', back ' .. (at > now and 'in ' .. ahead(at) or 'any moment'),
      call('resume', 'grants:' .. facts.payer)
  end
  return 'its job comes back ' .. (at > now and 'in ' .. ahead(at) or 'any moment') .. ' after '
    .. (of[2] or 'a failure'), evidence, call('member', member)
end

local function why_dead(member, facts)
  if not facts.last_dead then return end
  local of = redis.call('HMGET', job_key(facts.last_dead), 'stage', 'code', 'finished_at')
  if not of[2] or tonumber(of[3] or '0') < tonumber(facts.last_ok or '0') then return end
  local evidence = 'job ' .. facts.last_dead .. ' at ' .. (of[1] or '?') .. ', ' .. ago(of[3]) .. ', next due '
    .. moment(facts.next_due)
  if of[2] == 'refresh_lost' then
    -- Two answers were lost: nothing that is sent again brings the token back.
    return 'its refresh token was lost: two refreshes got no answer', evidence,
      'claimferry member add ' .. member .. ' ... with a new refresh token'
  end
  return 'its last job is a dead letter: ' .. of[2], evidence, call('dead_replay', 'job=' .. facts.last_dead)
end

local function why_due(member, facts)
  local at = tonumber(redis.call('ZSCORE', due_key(facts.payer), member) or nil)
  if not at then
    return 'nothing of it is planned', 'neither due nor queued nor running; the scheduler finds it on its next round',
      'claimferry fsck --repair'
  end
  if at > now then return 'it is due in ' .. ahead(at), 'next due ' .. moment(at), call('backfill', member) end
  if no_leader() then return 'it is due and no scheduler leads', 'due ' .. ago(at), NO_LEADER end
  local pause, resume = pause_of(member, facts, 'routine')
  if pause then return pause, 'due ' .. ago(at), resume end
  return 'it is due and others are before it', 'due ' .. ago(at) .. ', ' .. live(facts.payer, 'routine')
    .. ' routine jobs of ' .. facts.payer .. ' alive', call('status', '')
end

define('why', {
  usage = 'MEMBER',
  summary = 'one line: why a member is not fresh, the evidence, and what to type next',
  first = 'member',
  arguments = { { 'member', 'name', needed = true } },
  run = function(values)
    local member = values.member
    local facts = member_facts(member)
    local because, evidence, next
    for _, reason in ipairs({ why_gone, why_running, why_ready, why_delayed, why_dead, why_due }) do
      because, evidence, next = reason(member, facts)
      if because then break end
    end
    local synced = tonumber(facts.last_ok)
    local fresh = synced and facts.state == 'active' and now - synced < usual_interval() * 1.5
    local line = member .. (fresh and ' is fresh' or ' is not fresh') .. ' (synced ' .. ago(synced) .. '): '
      .. because .. ' (' .. evidence .. '); next: ' .. next
    return { line = line, fields = { { 'member', member }, { 'fresh', fresh or false }, { 'synced', moment(synced) },
      { 'because', because }, { 'evidence', evidence }, { 'next', next } } }
  end,
  example = "redis-cli -e FCALL cf_why 1 'cf:{0}' M123",
})
