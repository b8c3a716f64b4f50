-- quota_refused: version, payer, the epoch of the refused request's permit, ms that the payer asked for (-1: it
-- named none), a random number below a million for the jitter, 1 if it was for our rate (429; not 503).
-- Answers { epoch, ms of quiet, 1 if this began a burst }.
--
-- All that was sent before the first 429 was heard belongs to one burst: it counts once, however many met it.
-- A 503 with Retry-After is the same to everybody, but nothing is learned from it.
local BACKOFF_LEAST, BACKOFF_FIRST, BACKOFF_MOST = 500, 1000, 15000 -- ms; AWS' "full jitter"
local QUIET_ASKED_MOST = 3600000 -- ms: limits::retry_after_max

local payer, epoch, asked = ARGV[2], number_or_zero(ARGV[3]), number_or_zero(ARGV[4])
local unit = number_or_zero(ARGV[5]) / 1000000
local quota = read_quota(payer)
local begins = epoch >= quota.epoch
local untill = quota.blocked_until
if asked > 0 then untill = math.max(untill, now + math.min(asked, QUIET_ASKED_MOST)) end
if begins then
  quota.epoch, quota.bursts, quota.refused = math.max(quota.epoch, epoch) + 1, quota.bursts + 1, quota.refused + 1
  -- A try that asks whether a quiet is over and is refused prolongs it: the run that led to it is over.
  if quota.recovering == 0 then quota.refused_at, quota.outage = now, 1 end
  if ARGV[6] ~= '0' then quota.outage = 0 end -- all of the quiet was an outage, or a part of it the limit's
  quota.refused_last = now
  if asked <= 0 then
    local most = math.min(BACKOFF_FIRST * 2 ^ math.min(quota.bursts, 20), BACKOFF_MOST)
    untill = math.max(untill, now + BACKOFF_LEAST + math.floor((most - BACKOFF_LEAST) * unit))
  end
  quota.recovering = (asked > 0 and quota.bursts == 1) and 2 or 1
  quota.probe_until = 0
end
if untill > quota.blocked_until then
  quota.blocked_ms = quota.blocked_ms + (untill - math.max(now, quota.blocked_until))
  quota.blocked_until = untill
  announce(payer, 'quiet', whole(quota.epoch), whole(untill - now))
end
write_quota(payer, quota)
return { quota.epoch, math.max(0, math.ceil(quota.blocked_until - now)), begins and 1 or 0 }
