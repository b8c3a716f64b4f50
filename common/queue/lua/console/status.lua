-- Who leads, for those who ask why nothing moves.
local function leader_text()
  local facts = redis.call('HMGET', key('leader'), 'holder', 'until')
  local left = (tonumber(facts[2] or '0') or 0) - now
  if not facts[1] or left <= 0 then return 'none: no scheduler leads' end
  return facts[1] .. ' (for ' .. span(left) .. ')'
end

local PAUSES_SHOWN = 20
local quota_status -- of a payer: quota.lua

local function grants_status(payer, field)
  local of = grants.read(payer)
  if of.stopped_at == 0 then return end
  local refused, asked = grants.counted(of)
  field('refreshing', 'stopped ' .. ago(of.stopped_at) .. ': the payer refused ' .. refused .. ' of ' .. asked
    .. ' refreshes lately; one asks again ' .. (of.asks_at > now and 'in ' .. ahead(of.asks_at) or 'any moment')
    .. '; to end it: ' .. call('resume', 'grants:' .. payer))
end

local function status_of_pauses(fields)
  local number = redis.call('HLEN', key('paused'))
  local shown = 0
  if number <= PAUSES_SHOWN then
    local all = redis.call('HGETALL', key('paused'))
    local scopes = {}
    for at = 1, #all, 2 do
      if in_force(all[at + 1]) then scopes[#scopes + 1] = { all[at], tonumber(all[at + 1]) } end
    end
    table.sort(scopes, function(a, b) return a[1] < b[1] end)
    for _, scope in ipairs(scopes) do
      fields[#fields + 1] = { 'paused ' .. scope[1], scope[2] == 0 and 'until cf_resume' or 'for ' .. ahead(scope[2]) }
      shown = shown + 1
    end
  else
    for _, scope in ipairs({ 'all', 'lane:urgent', 'lane:routine', 'lane:backfill' }) do
      if paused(scope) then fields[#fields + 1] = { 'paused ' .. scope, 'yes' } end
    end
    fields[#fields + 1] = { 'paused in all', number .. ' scopes' }
  end
end

define('status', {
  usage = '',
  summary = 'the queue, its members and what holds them up, in numbers',
  run = function()
    local payers = redis.call('SMEMBERS', key('payers'))
    table.sort(payers)
    local fields = {}
    local function field(name, value) fields[#fields + 1] = { name, value } end
    local states = redis.call('HGETALL', key('states'))
    local by_state, total = {}, 0
    for at = 1, #states, 2 do
      by_state[#by_state + 1] = { states[at], tonumber(states[at + 1]) or 0 }
      if states[at] ~= 'erased' then total = total + (tonumber(states[at + 1]) or 0) end
    end
    table.sort(by_state, function(a, b) return a[1] < b[1] end)
    field('members', total)
    for _, state in ipairs(by_state) do field('members ' .. state[1], state[2]) end
    field('synced in a day', redis.call('ZCOUNT', key('lastok'), now - DAY, '+inf'))
    for at = 1, math.min(#payers, 16) do
      local payer = payers[at]
      field('payer ' .. payer .. ' due now', redis.call('ZCOUNT', due_key(payer), '-inf', now))
      for _, lane in ipairs(LANES) do
        field('payer ' .. payer .. ' ' .. lane, redis.call('ZCARD', ready_key(payer, lane)) .. ' members wait, '
          .. live(payer, lane) .. ' jobs alive')
      end
      field('payer ' .. payer .. ' running', tonumber(redis.call('HGET', key('load'), payer) or '0'))
      local function of_payer(name, value) field('payer ' .. payer .. ' ' .. name, value) end
      quota_status(payer, of_payer)
      grants_status(payer, of_payer)
    end
    for _, state in ipairs({ 'running', 'delayed', 'dead', 'done' }) do
      field(state, redis.call('ZCARD', key(state)))
    end
    local counters = redis.call('HMGET', key('counters'), 'dead_dropped', 'done_dropped', 'replanned')
    field('dead dropped', tonumber(counters[1] or '0'))
    field('done dropped', tonumber(counters[2] or '0'))
    field('members replanned', tonumber(counters[3] or '0'))
    status_of_pauses(fields)
    field('open batches', redis.call('ZCARD', key('open_batches')))
    field('inbox', redis.call('XLEN', key('inbox')))
    field('commands', redis.call('XLEN', key('commands')))
    field('rejected', redis.call('XLEN', key('rejected')))
    field('leader', leader_text())
    return { fields = fields }
  end,
  example = "redis-cli -e FCALL cf_status 1 'cf:{0}'",
})
