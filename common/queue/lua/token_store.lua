-- token_store: version, job, member, fence, expected version, sealed refresh token, sealed access
-- token or '', issued at, expires at or '', sealed patient, the id of the key that
-- sealed, the refresh token's life in ms where the payer named one. Clears the intent in the same step.
-- Whoever sent the refresh may store its answer also when the lease is gone, as long as no intent of
-- another stands: a successor puts its own over it before it sends, and what the payer answered is the only
-- token there is. So it is, too, where the payer refused the successor's late retry, or did not take it: a
-- member that was parked for that is active again. The data key is left alone: it may have been wrapped anew
-- since these were loaded.
local tokens = tokens_key(ARGV[3])
local facts = redis.call('HMGET', tokens, 'version', 'intent_fence', 'intent_at', 'intent_before')
local is_held = holds(ARGV[2], ARGV[3], ARGV[4])
local outlived = not facts[2] and facts[4] == ARGV[4]
if facts[1] ~= ARGV[5] then return fail('TOKEN_VERSION', 'the tokens were renewed') end
if not is_held and facts[2] ~= ARGV[4] and not outlived then return lease_lost() end
redis.call('HDEL', tokens, 'access_token', 'expires_at', 'intent_version', 'intent_fence', 'intent_at',
  'intent_sends', 'intent_before')
redis.call('HSET', tokens, 'version', tonumber(ARGV[5]) + 1, 'refresh_token', ARGV[6], 'access_token', ARGV[7],
  'issued_at', ARGV[8], 'expires_at', ARGV[9])
redis.call('HSETNX', tokens, 'patient', ARGV[10]) -- the one that was handed in is there already
local about = redis.call('HMGET', member_key(ARGV[3]), 'payer', 'state', 'taken_back')
if not is_held then
  -- A successor that was refused and is about to tell goes on with these.
  local busy = redis.call('HGET', key('busy'), ARGV[3])
  if busy then redis.call('HSET', job_key(busy), 'renewed', 1) end
  if outlived and about[1] and about[2] == 'reconsent' then
    set_member_state(ARGV[3], 'active')
    set_due(about[1], ARGV[3], now)
    trail.add('consent_taken_back', 'member', ARGV[3], 'payer', about[1])
    about[2] = 'active'
  end
end
if about[1] and about[2] == 'active' then keepalive.later(about[1], ARGV[3], ARGV[12]) end
-- What is only counted never stands in the way of a token.
if about[1] then pcall(grants.served, about[1], number_or_zero(facts[3])) end
if about[3] then redis.call('HDEL', member_key(ARGV[3]), 'taken_back') end
trail.add('tokens_issued', 'member', ARGV[3], 'job', ARGV[2], 'worker',
  redis.call('HGET', job_key(ARGV[2]), 'worker') or '', 'version', whole(tonumber(ARGV[5]) + 1), 'key', ARGV[11])
return 1
