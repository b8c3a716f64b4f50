-- enrolment_take: version, then hashes that the returned state may have. Answers { where it stood, member, payer,
-- ms of its beginning, return to, sealed verifier, its data key, the hash under which it is }; nothing for a state that
-- is stale or nobody's. One that stood at 'waiting' is the caller's from here on, however late, and its verifier is
-- answered and forgotten in the same step; at 'taken' another callback has it; else it says what it came to.
local TAKEN_LIFE = 120000 -- ms at least; what the caller does is bounded by less
for at = 2, #ARGV do
  local enrolment = enrolment_key(ARGV[at])
  local facts = redis.call('HMGET', enrolment, 'at', 'member', 'payer', 'begun_at', 'return_to', 'verifier', 'data_key')
  if facts[1] then
    for field = 1, #facts do facts[field] = facts[field] or '' end
    if facts[1] == 'waiting' then
      redis.call('HDEL', enrolment, 'verifier', 'data_key')
      redis.call('HSET', enrolment, 'at', 'taken')
      local left = number_or_zero(redis.call('HGET', enrolment, 'ends_at')) - now
      if left < TAKEN_LIFE then redis.call('PEXPIRE', enrolment, TAKEN_LIFE) end
    else
      trail.add('enrolment_replayed', 'member', facts[2], 'payer', facts[3])
    end
    facts[#facts + 1] = ARGV[at]
    return facts
  end
end
note_unknown_state()
return false
