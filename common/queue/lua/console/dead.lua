local LOOKED_AT_MAX = 1000 -- dead letters that one call reads

local function dead_facts(job)
  local found = redis.call('HMGET', job_key(job), 'payer', 'code', 'member', 'kind', 'window', 'stage', 'finished_at',
    'detail')
  return { payer = found[1] or '?', code = found[2] or '?', member = found[3] or '?', kind = found[4] or '?',
    window = found[5] or '?', stage = found[6] or '?', finished_at = found[7], detail = found[8] or '' }
end
local function wanted(facts, values)
  return (not values.payer or facts.payer == values.payer) and (not values.code or facts.code == values.code)
    and (not values.member or facts.member == values.member)
end

define('dead', {
  usage = '',
  summary = 'dead letters, counted by payer, stage and code',
  run = function()
    local all = redis.call('ZCARD', key('dead'))
    local counted, order = {}, {}
    for _, job in ipairs(redis.call('ZRANGE', key('dead'), 0, LOOKED_AT_MAX - 1, 'REV')) do
      local facts = dead_facts(job)
      local group = facts.payer .. ' ' .. facts.stage .. ' ' .. facts.code
      if not counted[group] then
        counted[group] = { facts.payer, facts.stage, facts.code, 0, moment(facts.finished_at), job }
        order[#order + 1] = counted[group]
      end
      counted[group][4] = counted[group][4] + 1
    end
    table.sort(order, function(a, b) return a[4] > b[4] or (a[4] == b[4] and a[6] < b[6]) end)
    local note = all == 0 and 'no dead letters' or 'look at them: ' .. call('dead_list', '')
    if all > LOOKED_AT_MAX then note = 'of the youngest ' .. LOOKED_AT_MAX .. ' of ' .. all .. '; ' .. note end
    return { columns = { 'PAYER', 'STAGE', 'CODE', 'JOBS', 'LAST', 'FOR EXAMPLE' }, rows = order, note = note }
  end,
  example = "redis-cli -e --raw FCALL cf_dead 1 'cf:{0}'",
})

define('dead_list', {
  usage = '[payer=] [code=] [member=] [limit=20]',
  summary = 'dead letters one by one, the youngest first',
  arguments = { { 'payer', 'payer' }, { 'code', 'code' }, { 'member', 'name' }, { 'limit', 'limit' } },
  run = function(values)
    local rows, limit = {}, values.limit or 20
    for _, job in ipairs(redis.call('ZRANGE', key('dead'), 0, LOOKED_AT_MAX - 1, 'REV')) do
      local facts = dead_facts(job)
      if wanted(facts, values) then
        rows[#rows + 1] = { job, facts.member, facts.payer, facts.kind, facts.window, facts.stage, facts.code,
          moment(facts.finished_at), facts.detail }
      end
      if #rows == limit then break end
    end
    return { columns = { 'JOB', 'MEMBER', 'PAYER', 'KIND', 'WINDOW', 'STAGE', 'CODE', 'DIED', 'DETAIL' }, rows = rows,
      note = #rows == 0 and 'none of these' or nil }
  end,
  example = "redis-cli -e --raw FCALL cf_dead_list 1 'cf:{0}' code=refresh_lost",
})

local SELECTING = {
  { 'job', 'name' }, { 'all', 'flag' }, { 'payer', 'payer' }, { 'code', 'code' }, { 'before', 'day' },
}

-- How many are meant, and the words that mean the same to carry_out.lua.
local function select_dead(values)
  if values.job then
    if values.all or values.payer or values.code or values.before then
      refuse('BAD_VALUE', 'job= names one already; leave the others out')
    end
    if not redis.call('ZSCORE', key('dead'), values.job) then
      refuse('NO_JOB', 'no dead letter ' .. quoted(values.job) .. '; list them: ' .. call('dead_list', ''))
    end
    return 1, { 'job', values.job }
  end
  if not (values.all or values.payer or values.code or values.before) then
    refuse('MISSING', 'say which: job=ID, payer=, code=, before=YYYY-MM-DD, or all=1')
  end
  local upto = values.before and values.before * DAY - 1 or now
  local number = redis.call('ZCOUNT', key('dead'), '-inf', upto)
  local words = { 'upto', whole(upto) }
  if values.payer or values.code then
    if number > LOOKED_AT_MAX then
      refuse('TOO_MANY', number .. ' dead letters would have to be read; narrow it down with before=YYYY-MM-DD')
    end
    local like = { payer = values.payer, code = values.code }
    number = 0
    for _, job in ipairs(redis.call('ZRANGE', key('dead'), '-inf', upto, 'BYSCORE')) do
      if wanted(dead_facts(job), like) then number = number + 1 end
    end
  end
  for _, name in ipairs({ 'payer', 'code' }) do
    if values[name] then
      words[#words + 1] = name
      words[#words + 1] = values[name]
    end
  end
  if number == 0 then refuse('NO_JOB', 'no dead letter is like that; list them: ' .. call('dead_list', '')) end
  return number, words
end

local function send(name, values, number, words)
  local id = send_command('cmd', name, unpack(words))
  audit('dead_' .. name, values, 'number', number, unpack(words))
  return answer('ACCEPTED', id, number .. ' dead letters', { 'number', number })
end

define('dead_replay', {
  usage = 'job=ID | all=1 | [payer=] [code=] [before=YYYY-MM-DD]',
  summary = 'queue the work of dead letters again',
  changes = true,
  first = 'job',
  arguments = SELECTING,
  run = function(values)
    local number, words = select_dead(values)
    if values.dry then
      return answer('OK', nil, number .. ' would be queued again (dry: nothing changed)', { 'number', number })
    end
    return send('replay', values, number, words)
  end,
  example = "redis-cli -e FCALL cf_dead_replay 1 'cf:{0}' code=payer_5xx dry=1",
})

define('dead_drop', {
  usage = 'job=ID | all=1 | [payer=] [code=] [before=YYYY-MM-DD]   confirm=N',
  summary = 'forget dead letters; N is how many, as dry=1 tells',
  changes = true,
  first = 'job',
  arguments = { SELECTING[1], SELECTING[2], SELECTING[3], SELECTING[4], SELECTING[5], { 'confirm', 'count' } },
  run = function(values)
    local number, words = select_dead(values)
    if values.dry then
      return answer('OK', nil, number .. ' would be dropped; to do it: confirm=' .. number .. ' (dry: nothing changed)',
        { 'number', number })
    end
    if values.confirm ~= number then
      refuse('CONFIRM', number .. ' dead letters are meant' .. (values.confirm and ', not ' .. values.confirm or '')
        .. '; to drop them: confirm=' .. number)
    end
    return send('drop', values, number, words)
  end,
  example = "redis-cli -e FCALL cf_dead_drop 1 'cf:{0}' before=2024-01-01 confirm=12",
})
