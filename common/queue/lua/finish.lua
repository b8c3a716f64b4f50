-- finish: version, then job, member, fence, outcome, stage, code, detail, ms to the next due time, swept, and what
-- was pulled (pages, new, changed, unchanged, rejected, absent), for one job after the other. Answers for each of
-- them 1, or what was wrong with it.
local function finish(job, member, fence, outcome, stage, code, detail, due_in, swept, ...)
  local facts = held_facts(job, member, fence)
  if not facts then return lease_lost() end
  leave_running(job, member, facts.payer, facts.renewed)
  trail.refresh_failed(job, member, facts, stage, code)
  -- What a cancelled job failed of is nobody's trouble any more.
  if outcome == 'dead' and facts.cancel then outcome = 'cancelled' end
  if outcome == 'reconsent' and facts.renewed then
    -- The member consented again while this job held the old tokens: it goes on with the new ones.
    trail.put_back(job, member, facts, { ... }, code)
    make_ready(job, member, facts.lane, true)
    return 1
  end
  conclude(job, member, facts, { outcome = outcome, stage = stage, code = code, detail = detail,
    due_in = tonumber(due_in), swept = swept == '1', counts = { ... } }, true)
  return 1
end
return one_by_one(finish, 15)
