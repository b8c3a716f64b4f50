-- "2023-01-01..2023-12-31", "2023-01-01..", "..2023-12-31", "sweep": as programs write it.
local function window_of(values)
  if values.since and values['until'] and values.since > values['until'] then
    refuse('BAD_VALUE', 'since=' .. date_of(values.since * DAY) .. ' is after until=' .. date_of(values['until'] * DAY)
      .. '; exchange them')
  end
  if not values.since and not values['until'] then return 'sweep' end
  return (values.since and date_of(values.since * DAY) or '') .. '..'
    .. (values['until'] and date_of(values['until'] * DAY) or '')
end

local function foresee(member, window)
  local alive = redis.call('HGET', key('uniq'), uniq_field('backfill', member, window))
  local state = alive and is_live(alive)
  local unchanged = ' (dry: nothing changed)'
  if state == 'running' and not redis.call('ZSCORE', key('reruns'), alive) then
    return answer('OK', alive, 'runs now, and would run once more after that' .. unchanged)
  end
  if state then return answer('DUP', alive, 'the same work waits already' .. unchanged) end
  return answer('OK', nil, 'would pull ' .. (window == 'sweep' and 'everything' or window) .. unchanged)
end

define('backfill', {
  usage = 'MEMBER [since=YYYY-MM-DD] [until=YYYY-MM-DD]',
  summary = "pull a member's claims again, all of them or those of a window of service dates",
  changes = true,
  first = 'member',
  arguments = { { 'member', 'name', needed = true }, { 'since', 'day' }, { 'until', 'day' } },
  run = function(values, seed)
    local facts = active_member(values.member)
    local window = window_of(values)
    check_member_types(values.member, facts.payer)
    if values.dry then return foresee(values.member, window) end
    local made = enqueue(fresh_id(seed), values.member, facts.payer, 'backfill', window, 'backfill', true)
    if made[2] == 0 then return answer('DUP', made[1], 'the same work waits already') end
    audit('backfill', values, 'member', values.member, 'window', window, 'job', made[1])
    if made[2] == 2 then return answer('OK', made[1], 'runs now, and once more after that') end
    return answer('OK', made[1], '')
  end,
  example = "redis-cli -e FCALL cf_backfill 1 'cf:{0}' M123 since=2023-01-01",
})
