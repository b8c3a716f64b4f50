-- quota_breaker: version, payer, what happened, shard, kind, ms that a probe may take. What happened is one of
--   open    this shard's requests fail: of kind 1 whatever they ask, of kinds 2 to 5 at one endpoint
--   probe   may this shard ask whether it is over?
--   lost    its probe failed          closed   its probe was served
-- Answers { kind that is barred (0: none), number of the last change, ms to the next probe, 1 if it may probe }.
--
-- The fleet's breaker opens when a shard's does, unless others are served meanwhile: then the trouble is that
-- shard's own. Half-open, one request of the whole fleet asks at a time.
local OTHERS_SERVED_WITHIN = { served = 2000, token = 10000 } -- ms
local PROBE_FIRST, PROBE_MOST = 5000, 60000 -- ms: limits::breaker_probe_delay_base and _max
local PROBE_FOR_MOST = 120000 -- ms
local ALL, TOKEN = 1, 2

local payer, what, shard, kind = ARGV[2], ARGV[3], ARGV[4], number_or_zero(ARGV[5])
local probe_for = math.min(math.max(number_or_zero(ARGV[6]), 1000), PROBE_FOR_MOST)
local quota = read_quota(payer)
if quota.breaker_next > now + PROBE_MOST then quota.breaker_next = now end -- a clock set back
if quota.breaker_probe > now + PROBE_FOR_MOST then quota.breaker_probe = 0 end

local function change()
  quota.breaker_change = quota.breaker_change + 1
  announce(payer, 'breaker', whole(quota.breaker_change), whole(quota.breaker),
    whole(math.max(0, quota.breaker_next - now)))
end

local function others_are_served()
  local of = kind == TOKEN and 'token' or kind == ALL and 'served'
  local at = of and others_served_at(quota, of, shard) or 0
  return of and at <= now and now - at < OTHERS_SERVED_WITHIN[of]
end

local may_probe = 0
if what == 'open' then
  local wider = quota.breaker > ALL and kind == ALL
  if kind >= ALL and kind <= 5 and (quota.breaker == 0 or wider) and not others_are_served() then
    quota.breaker, quota.breaker_lost, quota.breaker_probe = kind, 0, 0
    quota.breaker_next, quota.breaker_opened = now + PROBE_FIRST, quota.breaker_opened + 1
    change()
  end
elseif quota.breaker ~= 0 then
  if what == 'probe' then
    if now >= quota.breaker_next and now >= quota.breaker_probe then
      quota.breaker_probe, may_probe = now + probe_for, 1
    end
  elseif what == 'lost' then
    quota.breaker_probe, quota.breaker_lost = 0, math.min(quota.breaker_lost + 1, 20)
    quota.breaker_next = now + math.min(PROBE_FIRST * 2 ^ quota.breaker_lost, PROBE_MOST)
    change()
  elseif what == 'closed' then
    quota.breaker, quota.breaker_probe, quota.breaker_next = 0, 0, 0
    change()
  end
end
write_quota(payer, quota)
local wait = math.max(quota.breaker_next, may_probe == 0 and math.min(quota.breaker_probe, now + 1000) or 0) - now
return { quota.breaker, quota.breaker_change, math.max(0, wait), may_probe }
