-- What the enrolment scripts share: the key, which operators cannot read, and the count of states that are nobody's.
local UNKNOWN_NOTED_EVERY = 60000 -- ms: who guesses states fills no audit
local function enrolment_key(hash) return 'cf-enr:{0}:' .. hash end
local function note_unknown_state()
  local counted = redis.call('HMGET', key('counters'), 'states_unknown', 'states_unknown_noted')
  add(key('counters'), 'states_unknown', 1)
  local since = now - number_or_zero(counted[2])
  if since >= 0 and since < UNKNOWN_NOTED_EVERY then return end
  redis.call('HSET', key('counters'), 'states_unknown_noted', now)
  trail.add('enrolment_unknown', 'so_far', number_or_zero(counted[1]) + 1)
end
