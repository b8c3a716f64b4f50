-- What follows from tokens that were issued and are durable, wherever they are kept.
-- issued: version, key (the id of the one that sealed), life, left_at (ms, of the refresh), outlived (a successor's
-- late retry was refused meanwhile).
local function token_served(member, job, fence, issued)
  local about = redis.call('HMGET', member_key(member), 'payer', 'state', 'taken_back')
  if not holds(job, member, fence) then
    -- A successor that was refused and is about to tell goes on with these.
    local busy = redis.call('HGET', key('busy'), member)
    if busy then redis.call('HSET', job_key(busy), 'renewed', 1) end
    if issued.outlived and about[1] and about[2] == 'reconsent' then
      set_member_state(member, 'active')
      set_due(about[1], member, now)
      trail.add('consent_taken_back', 'member', member, 'payer', about[1])
      about[2] = 'active'
    end
  end
  if about[1] and about[2] == 'active' then keepalive.later(about[1], member, issued.life) end
  -- What is only counted never stands in the way of a token.
  if about[1] then pcall(grants.served, about[1], issued.left_at) end
  if about[3] then redis.call('HDEL', member_key(member), 'taken_back') end
  trail.add('tokens_issued', 'member', member, 'job', job, 'worker', redis.call('HGET', job_key(job), 'worker') or '',
    'version', issued.version, 'key', issued.key)
end
