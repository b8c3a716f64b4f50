-- What the enrolment scripts share: the key, which operators cannot read, and the audit's entries.
local UNKNOWN_NOTED_EVERY = 60000 -- ms: who guesses states fills no audit
local function enrolment_key(hash) return 'cf-enr:{0}:' .. hash end
local function note_enrolment(what, ...)
  redis.pcall('XADD', key('audit'), 'MAXLEN', '~', AUDIT_MAX, '*', 'event', what, ...)
end
local function note_unknown_state()
  local counted = redis.call('HMGET', key('counters'), 'states_unknown', 'states_unknown_noted')
  add(key('counters'), 'states_unknown', 1)
  local since = now - number_or_zero(counted[2])
  if since >= 0 and since < UNKNOWN_NOTED_EVERY then return end
  redis.call('HSET', key('counters'), 'states_unknown_noted', now)
  note_enrolment('enrolment_unknown', 'so_far', number_or_zero(counted[1]) + 1)
end
