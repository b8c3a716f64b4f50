-- reconcile: version, holder, term, spread ms, then members. An active one that is neither due nor
-- has a live job (writes that Redis lost) is due again within the spread; one whose tokens nothing keeps alive (an
-- earlier release's) is kept alive from here on. Answers how many were due again.
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local found = 0
for at = 5, #ARGV do
  local member = ARGV[at]
  -- A key of a type that is not ours stops nobody else.
  local facts = redis.pcall('HMGET', member_key(member), 'payer', 'state', 'last_ok')
  if facts[1] and facts[2] == 'active' then
    keepalive.restore(facts[1], member, facts[3])
    if not redis.call('ZSCORE', due_key(facts[1]), member) then
      -- Also beside a live job: its end would set the due time, but its writes may be lost, too.
      set_due(facts[1], member, now + (found + 1) * math.floor(tonumber(ARGV[4]) / MOST))
      redis.call('SADD', key('payers'), facts[1])
      found = found + 1
    end
  end
end
if found > 0 then redis.call('HINCRBY', key('counters'), 'replanned', found) end
return found
