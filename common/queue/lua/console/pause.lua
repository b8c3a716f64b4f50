local SCOPE_USAGE = 'all | lane:NAME | payer:NAME | member:ID'

local function known_scope(scope)
  local kind, name = string.match(scope, '^(%l+):(.+)$')
  if kind == 'payer' then known_payer(name) end
  if kind == 'member' then check_member_types(name, member_facts(name).payer) end
  return kind == 'member' and name
end

define('pause', {
  usage = SCOPE_USAGE .. '   [for=2h]',
  summary = 'claim no more jobs of a scope; those that run go on',
  changes = true,
  first = 'scope',
  arguments = { { 'scope', 'scope', needed = true }, { 'for', 'span' } },
  run = function(values)
    local member = known_scope(values.scope)
    local untill = values['for'] and now + values['for'] or 0
    local how_long = values['for'] and 'until ' .. moment(untill) or 'until cf_resume'
    if values.dry then
      return answer('OK', values.scope, 'would be paused ' .. how_long .. ' (dry: nothing changed)')
    end
    redis.call('HSET', key('paused'), values.scope, whole(untill))
    if untill > 0 then redis.call('ZADD', key('resumes'), whole(untill), values.scope) end
    if member then stand(member) end
    audit('pause', values, 'scope', values.scope, 'until', whole(untill))
    return answer('OK', values.scope, 'paused ' .. how_long)
  end,
  example = "redis-cli -e FCALL cf_pause 1 'cf:{0}' lane:backfill for=2h by=ada reason='month end'",
})

-- Refreshing that was stopped because a payer refused too many (grants.lua).
local function resume_grants(values, payer)
  known_payer(payer)
  if grants.read(payer).stopped_at == 0 then
    refuse('NOT_STOPPED', 'refreshing is not stopped for ' .. quoted(payer) .. '; see what is: ' .. call('status', ''))
  end
  if values.dry then return answer('OK', values.scope, 'would be resumed (dry: nothing changed)') end
  grants.resume(payer, 'an operator')
  audit('resume', values, 'scope', values.scope)
  return answer('OK', values.scope, 'resumed; those who were parked just before come back within a minute')
end

define('resume', {
  usage = SCOPE_USAGE .. ' | grants:PAYER',
  summary = 'end a pause, or a stop of refreshing',
  changes = true,
  first = 'scope',
  arguments = { { 'scope', 'held', needed = true } },
  run = function(values)
    local refuser = string.match(values.scope, '^grants:(.*)$')
    if refuser then return resume_grants(values, refuser) end
    local member = string.match(values.scope, '^member:(.*)$')
    local payer = member and redis.call('HGET', member_key(member), 'payer')
    if payer then check_member_types(member, payer) end
    local untill = redis.call('HGET', key('paused'), values.scope)
    if not in_force(untill) then
      refuse('NOT_PAUSED', quoted(values.scope) .. ' is not paused; see what is: ' .. call('status', ''))
    end
    if values.dry then return answer('OK', values.scope, 'would be resumed (dry: nothing changed)') end
    -- In the past: an operator takes nothing away; tidy.lua does.
    redis.call('HSET', key('paused'), values.scope, 1)
    redis.call('ZADD', key('resumes'), 1, values.scope)
    if payer then stand(member) end
    audit('resume', values, 'scope', values.scope)
    return answer('OK', values.scope, 'resumed')
  end,
  example = "redis-cli -e FCALL cf_resume 1 'cf:{0}' lane:backfill",
})
