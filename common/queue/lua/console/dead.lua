-- Dead letters that one call reads: of those that show them, and of the bulk ones, which may take longer.
local SHOWN_MAX, COUNTED_MAX = 800, 2000

-- values: payer, code, member as asked for.
local function is_like(job, values)
  if not (values.payer or values.code or values.member) then return true end
  local found = redis.call('HMGET', job_key(job), 'payer', 'code', 'member')
  return (not values.payer or found[1] == values.payer) and (not values.code or found[2] == values.code)
    and (not values.member or found[3] == values.member)
end
local function only_youngest(all)
  return all > SHOWN_MAX and 'of the youngest ' .. SHOWN_MAX .. ' of ' .. all or nil
end

define('dead', {
  usage = '',
  summary = 'dead letters, counted by payer, stage and code',
  run = function()
    local all = redis.call('ZCARD', key('dead'))
    local counted, order = {}, {}
    local jobs = redis.call('ZRANGE', key('dead'), 0, SHOWN_MAX - 1, 'REV', 'WITHSCORES')
    for at = 1, #jobs, 2 do
      local found = redis.call('HMGET', job_key(jobs[at]), 'payer', 'stage', 'code')
      local payer, stage, code = found[1] or '?', found[2] or '?', found[3] or '?'
      local group = payer .. ' ' .. stage .. ' ' .. code
      if not counted[group] then
        counted[group] = { payer, stage, code, 0, moment(jobs[at + 1]), jobs[at] }
        order[#order + 1] = counted[group]
      end
      counted[group][4] = counted[group][4] + 1
    end
    table.sort(order, function(a, b) return a[4] > b[4] or (a[4] == b[4] and a[6] < b[6]) end)
    local note = all == 0 and 'no dead letters' or 'look at them: ' .. call('dead_list', '')
    if all > SHOWN_MAX then note = only_youngest(all) .. '; ' .. note end
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
    for _, job in ipairs(redis.call('ZRANGE', key('dead'), 0, SHOWN_MAX - 1, 'REV')) do
      if is_like(job, values) then
        local found = redis.call('HMGET', job_key(job), 'member', 'payer', 'kind', 'window', 'stage', 'code',
          'finished_at', 'detail')
        for at = 1, 6 do found[at] = found[at] or '?' end
        rows[#rows + 1] = { job, found[1], found[2], found[3], found[4], found[5], found[6], moment(found[7]),
          found[8] or '' }
      end
      if #rows == limit then break end
    end
    return { columns = { 'JOB', 'MEMBER', 'PAYER', 'KIND', 'WINDOW', 'STAGE', 'CODE', 'DIED', 'DETAIL' }, rows = rows,
      note = #rows == 0 and 'none of these' or #rows < limit and only_youngest(redis.call('ZCARD', key('dead')))
        or nil }
  end,
  example = "redis-cli -e --raw FCALL cf_dead_list 1 'cf:{0}' code=refresh_lost",
})

local SELECTING = {
  { 'job', 'name' }, { 'all', 'flag' }, { 'payer', 'payer' }, { 'code', 'code' }, { 'before', 'day' },
}

-- How many are meant, and the words that mean the same to carry_out.lua. exactly: it must be known; else it
-- may be more than there are, and the third value says so.
local function select_dead(values, exactly)
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
  local is_filtered = values.payer or values.code
  local at_most = is_filtered and number > COUNTED_MAX
  if at_most and exactly then
    refuse('TOO_MANY', number .. ' dead letters would have to be read, and ' .. COUNTED_MAX
      .. ' can be; narrow it down with before=YYYY-MM-DD, or replay some first')
  end
  if is_filtered and not at_most then
    number = 0
    for _, job in ipairs(redis.call('ZRANGE', key('dead'), '-inf', upto, 'BYSCORE')) do
      if is_like(job, values) then number = number + 1 end
    end
  end
  for _, name in ipairs({ 'payer', 'code' }) do
    if values[name] then
      words[#words + 1] = name
      words[#words + 1] = values[name]
    end
  end
  if number == 0 then refuse('NO_JOB', 'no dead letter is like that; list them: ' .. call('dead_list', '')) end
  return number, words, at_most
end

local function how_many(number, at_most)
  return (at_most and 'at most ' or '') .. count_of(number, 'dead letter')
end

local function send(name, values, number, words, at_most)
  local id = send_command('cmd', name, unpack(words))
  audit('dead_' .. name, values, 'number', number, unpack(words))
  return answer('ACCEPTED', id, how_many(number, at_most), { 'number', number })
end

define('dead_replay', {
  usage = 'job=ID | all=1 | [payer=] [code=] [before=YYYY-MM-DD]',
  summary = 'queue the work of dead letters again',
  changes = true,
  first = 'job',
  arguments = SELECTING,
  run = function(values)
    local number, words, at_most = select_dead(values, false)
    if values.dry then
      return answer('OK', nil, how_many(number, at_most) .. ' would be queued again (dry: nothing changed)',
        { 'number', number })
    end
    return send('replay', values, number, words, at_most)
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
    local number, words = select_dead(values, true)
    if values.dry then
      return answer('OK', nil, how_many(number) .. ' would be dropped; to do it: confirm=' .. number
        .. ' (dry: nothing changed)', { 'number', number })
    end
    if values.confirm ~= number then
      refuse('CONFIRM', how_many(number) .. (number == 1 and ' is' or ' are') .. ' meant'
        .. (values.confirm and ', not ' .. values.confirm or '') .. '; to drop: confirm=' .. number)
    end
    return send('drop', values, number, words)
  end,
  example = "redis-cli -e FCALL cf_dead_drop 1 'cf:{0}' before=2024-01-01 confirm=12",
})
