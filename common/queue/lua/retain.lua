-- retain: version, holder, term, seed, ms after which an unused member is dormant (0: never), ms between its notice,
-- its pause and its erasure, ms from a consent's end to the erasure, then members. What policy does by itself; each
-- step is noted with the member, so that the next comes after its time. Answers {consents expired, noticed, paused,
-- erasures begun}.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local dormant_after, notice, erase_after = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local ACTS_AT_ONCE = 20
local acts, expired, noticed, stilled, leaving = 0, 0, 0, 0, 0

local function tell(member, step)
  acts = acts + 1
  trail.add('retention', 'step', step, 'member', member, 'by', 'policy')
end
local function erase(member, reason)
  local _, is_new = begin_erasure(member, job_id(ARGV[4], acts), { by = 'policy', reason = reason, via = 'scheduler' })
  acts = acts + 1
  if is_new then leaving = leaving + 1 end
end

local function end_consent(member, facts)
  set_member_state(member, 'reconsent')
  redis.call('HSET', member_key(member), 'reconsent_since', now_text)
  redis.call('ZREM', due_key(facts.payer), member)
  local busy = redis.call('HGET', key('busy'), member)
  if busy and is_live(busy) then
    redis.call('HSETNX', job_key(busy), 'cancel', now_text)
    announce_cancel()
  end
  end_parked(member)
  stand(member)
  tell(member, 'consent_expired')
  expired = expired + 1
end

-- As cf_resume does; tidy.lua takes the mark away and makes the member due.
local function end_dormancy(member, facts)
  redis.call('HDEL', member_key(member), 'dormant_notice_at', 'dormant_paused_at')
  if facts.dormant_paused_at and paused('member:' .. member) then
    redis.call('HSET', key('paused'), 'member:' .. member, 1)
    redis.call('ZADD', key('resumes'), 1, 'member:' .. member)
  end
  tell(member, 'used_again')
end
local function pause(member)
  redis.call('HSET', key('paused'), 'member:' .. member, 0)
  redis.call('HSET', member_key(member), 'dormant_paused_at', now_text)
  stand(member)
  tell(member, 'dormant_paused')
  stilled = stilled + 1
end

local function see_dormancy(member, facts)
  local noticed_at, paused_at = facts.dormant_notice_at, facts.dormant_paused_at
  if paused_at and not paused('member:' .. member) then
    -- A person resumed it: somebody wants it.
    redis.call('HSET', member_key(member), 'last_used', now_text)
    return end_dormancy(member, facts)
  end
  local used = math.max(number_or_zero(facts.consented_at), number_or_zero(facts.last_used))
  if dormant_after == 0 or now - used < dormant_after then
    if noticed_at then end_dormancy(member, facts) end
  elseif not noticed_at then
    redis.call('HSET', member_key(member), 'dormant_notice_at', now_text)
    tell(member, 'dormant_noticed')
    noticed = noticed + 1
  elseif not paused_at then
    if now - number_or_zero(noticed_at) >= notice then pause(member) end
  elseif now - number_or_zero(paused_at) >= notice then
    erase(member, 'dormant')
  end
end

-- A time of before the last consent speaks of an earlier one.
local function see_ended_consent(member, facts)
  local since = number_or_zero(facts.reconsent_since)
  if since < number_or_zero(facts.consented_at) or since == 0 then
    since = now
    redis.call('HSET', member_key(member), 'reconsent_since', now_text)
  end
  if now - since >= erase_after then erase(member, 'the consent ended') end
end
local function has_expired(facts)
  local at = number_or_zero(facts.consent_expires_at)
  return at > number_or_zero(facts.consented_at) and at <= now
end

local NAMES = { 'payer', 'state', 'consented_at', 'last_used', 'reconsent_since', 'consent_expires_at',
  'dormant_notice_at', 'dormant_paused_at' }
for at = 8, #ARGV do
  if acts >= ACTS_AT_ONCE then break end -- the others come with the next round
  -- A key of a type that is not ours stops nobody else.
  local found, facts = redis.pcall('HMGET', member_key(ARGV[at]), unpack(NAMES)), {}
  for number, name in ipairs(NAMES) do facts[name] = found[number] or nil end
  if facts.payer and facts.state == 'reconsent' then
    see_ended_consent(ARGV[at], facts)
  elseif facts.payer and facts.state == 'active' then
    -- Left by an earlier release, which did not take it away when the member came back.
    if facts.reconsent_since then redis.call('HDEL', member_key(ARGV[at]), 'reconsent_since') end
    if has_expired(facts) then end_consent(ARGV[at], facts) else see_dormancy(ARGV[at], facts) end
  end
end
return { expired, noticed, stilled, leaving }
