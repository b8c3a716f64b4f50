-- cf_erase. It marks, and by that stops the member's requests; what takes away is the scheduler's (erase.lua).
local function foresee_erasure(facts)
  if facts.state == 'erasing' then return 'is being erased already' end
  return 'would be erased for good, with its tokens, its jobs and its rows in every sink'
end

define('erase', {
  usage = 'MEMBER confirm=MEMBER',
  summary = 'a member leaves: its requests stop, its tokens and all that is stored of it go for good',
  changes = true,
  first = 'member',
  arguments = { { 'member', 'name', needed = true }, { 'confirm', 'name' } },
  run = function(values, seed)
    local member = values.member
    local facts = member_facts(member)
    check_type(key('erasing'), 'zset')
    check_type(key('erase_at'), 'zset')
    check_member_types(member, facts.payer)
    if facts.state == 'erased' then
      return answer('DUP', facts.erasure, 'it was erased ' .. moment(facts.erased_at))
    end
    if values.dry then
      return answer('OK', facts.erasure, foresee_erasure(facts)
        .. (values.confirm ~= member and ', by confirm=' .. member or '') .. ' (dry: nothing changed)')
    end
    if facts.state == 'erasing' then return answer('DUP', facts.erasure, 'it is being erased') end
    if values.confirm ~= member then
      refuse('CONFIRM', 'nothing brings an erased member back; to erase it: ' .. call('erase', member .. ' confirm='
        .. member))
    end
    local erasure = begin_erasure(member, fresh_id(seed), { by = values.by or '', reason = values.reason or '',
      via = values.via })
    return answer('ACCEPTED', erasure, 'its requests stop now; look: ' .. call('member', member))
  end,
  example = "redis-cli -e FCALL cf_erase 1 'cf:{0}' M123 confirm=M123 by=ada reason='left the plan'",
})
