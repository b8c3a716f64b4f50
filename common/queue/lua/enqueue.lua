-- enqueue: version, then member, kind, window, lane, seed, for one job after the other. Answers for each of them
-- {job, 1 new, 0 known, 2 will run again}, or what was wrong with it.
local function enqueue_for(member, kind, window, lane, seed)
  local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
  if not facts[1] then return fail('NO_MEMBER', 'no such member; add it first: claimferry member add') end
  if kind == 'erase' then return fail('BAD_ARGS', 'an erasure is asked for by: claimferry erase') end
  if facts[2] ~= 'active' then
    return fail('NOT_ACTIVE', 'the member is ' .. facts[2] .. '; it must consent again: claimferry member add')
  end
  return enqueue(job_id(seed, 0), member, facts[1], kind, window, lane, true)
end
return one_by_one(enqueue_for, 5)
