-- How a member begins to leave: the same for an operator's function, a service and a policy. It only adds and marks;
-- who may also destroys the keys in the same step, and erase.lua does the rest.
local begin_erasure
do
  -- Those that wait beyond these the claim ends itself.
  local MARKED_AT_ONCE = 20

  local function mark_cancelled(job)
    if job and is_live(job) then redis.call('HSETNX', job_key(job), 'cancel', now_text) end
  end

  -- about: by, reason, via. erasure: a random id, under which the audit tells what came of it. Answers the id, and
  -- whether it is new.
  function begin_erasure(member, erasure, about)
    local known = redis.call('HMGET', member_key(member), 'state', 'erasure')
    if known[1] == 'erasing' or known[1] == 'erased' then return known[2] or '', false end
    set_member_state(member, 'erasing')
    redis.call('HSET', member_key(member), 'erasing_since', now_text, 'erasure', erasure)
    redis.call('ZADD', key('erasing'), now_text, member)
    redis.call('ZADD', key('erase_at'), now_text, member)
    mark_cancelled(redis.call('HGET', key('busy'), member))
    for _, set in ipairs({ jobs_key(member), waits_key(member) }) do
      for _, job in ipairs(redis.call('ZRANGE', set, 0, MARKED_AT_ONCE - 1)) do mark_cancelled(job) end
    end
    stand(member)
    announce_cancel()
    trail.add('erasure', 'step', 'asked', 'by', about.by, 'reason', about.reason, 'via', about.via,
      'member', member, 'command', erasure)
    return erasure, true
  end
end

-- Also when it was done before: what would write them anew must find nothing either. facts: erasure, key_destroyed_at.
local function destroy_keys(member, facts)
  redis.call('DEL', tokens_key(member))
  if facts.key_destroyed_at then return end
  redis.call('HSET', member_key(member), 'key_destroyed_at', now_text)
  trail.add('erasure', 'step', 'key_destroyed', 'member', member, 'command', facts.erasure)
end
