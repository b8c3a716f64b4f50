local LINES_MAX, BAD_SHOWN, BATCHES_MAX, LINE_BYTES_MAX = 1000, 5, 1000, 200
local TEXT_BYTES_MAX = LINES_MAX * LINE_BYTES_MAX

-- A larger file in parts, each a batch of its own with the same arguments.
local function refuse_to_split(values)
  local words = ''
  if values.since then words = words .. ' since=' .. date_of(values.since * DAY) end
  if values['until'] then words = words .. ' until=' .. date_of(values['until'] * DAY) end
  if values.skip then words = words .. ' skip=' .. values.skip end
  if values.dry then words = words .. ' dry=1' end
  if values.by then words = words .. ' by=' .. values.by end
  refuse('TOO_MANY', 'more than ' .. LINES_MAX .. ' lines in one call; type: split -l ' .. LINES_MAX .. ' --filter="'
    .. call('backfill_many', string.sub(words, 2)) .. '" members.txt')
end

-- One member a line; CRLF, blank lines and # comments are fine. Lines count as `split` counts them.
local function read_lines(values)
  local text = values.members
  if #text > TEXT_BYTES_MAX then refuse_to_split(values) end
  if string.sub(text, -1) ~= '\n' then text = text .. '\n' end
  local members, seen, bad = {}, {}, {}
  local found = { lines = 0, twice = 0, bad = 0, unknown = 0, consent = 0, known = 0 }
  local function spoil(number, line, why) bad[#bad + 1] = { number, line, why } end
  local number = 0
  for line in string.gmatch(text, '([^\n]*)\n') do
    number = number + 1
    if number > LINES_MAX then refuse_to_split(values) end
    if #line <= LINE_BYTES_MAX then line = string.match(line, '^%s*(.-)%s*$') end
    if line ~= '' and string.sub(line, 1, 1) ~= '#' then
      found.lines = found.lines + 1
      if #line > LINE_BYTES_MAX or not types.name(line) then
        found.bad = found.bad + 1
        spoil(number, line, 'no member id (1 to 64 of A-Z a-z 0-9 _ -)')
      elseif seen[line] then
        found.twice = found.twice + 1
      else
        seen[line] = true
        members[#members + 1] = { line, number }
      end
    end
  end
  return members, found, bad, spoil
end

-- The first of them, as they stand in the file.
local function bad_lines(bad)
  table.sort(bad, function(a, b) return a[1] < b[1] end)
  local shown = {}
  for at = 1, math.min(#bad, BAD_SHOWN) do
    shown[at] = 'line ' .. bad[at][1] .. ' ' .. quoted(bad[at][2]) .. ': ' .. bad[at][3]
  end
  if #bad > BAD_SHOWN then shown[#shown + 1] = 'and ' .. #bad - BAD_SHOWN .. ' more' end
  return table.concat(shown, '; ')
end

local function judge(members, found, values, window, spoil)
  local fresh = {}
  for _, entry in ipairs(members) do
    local member = entry[1]
    local state = redis.call('HGET', member_key(member), 'state')
    if not state then
      found.unknown = found.unknown + 1
      spoil(entry[2], member, 'no such member')
    elseif state ~= 'active' then
      found.consent = found.consent + 1
      if not values.skip then
        spoil(entry[2], member, 'is ' .. state .. (state == 'reconsent' and ', it must consent again' or ''))
      end
    else
      local alive = redis.call('HGET', key('uniq'), uniq_field('backfill', member, window))
      if alive and is_live(alive) then found.known = found.known + 1 else fresh[#fresh + 1] = member end
    end
  end
  return fresh
end

local function counts_of(found, new)
  return 'new ' .. new .. ', duplicate ' .. (found.known + found.twice) .. ', unknown ' .. found.unknown
    .. ', in need of consent ' .. found.consent .. ', malformed ' .. found.bad
end

local function store_batch(id, values, window, fresh, found)
  redis.call('HSET', batch_key(id), 'window', window, 'by', values.by or '', 'reason', values.reason or '',
    'created_at', now, 'total', #fresh, 'duplicate', 0, 'refused_consent', found.consent)
  for at = 1, #fresh, MOST do
    redis.call('RPUSH', batch_left_key(id), unpack(fresh, at, math.min(at + MOST - 1, #fresh)))
  end
  redis.call('ZADD', key('batches'), now, id)
  redis.call('ZADD', key('open_batches'), whole(now_us), id)
end

define('backfill_many', {
  usage = '[since=] [until=] [skip=consent] < members.txt',
  summary = 'a batch: one member a line, at most ' .. LINES_MAX .. ', all or nothing',
  changes = true,
  lines = 'members',
  arguments = { { 'since', 'day' }, { 'until', 'day' }, { 'skip', 'skip' }, { 'members', 'lines', needed = true } },
  run = function(values, seed)
    local window = window_of(values)
    local members, found, bad, spoil = read_lines(values)
    local fresh = judge(members, found, values, window, spoil)
    local counts = counts_of(found, #fresh)
    if #bad > 0 then
      refuse('REFUSED', 'nothing was queued: ' .. counts .. '; ' .. bad_lines(bad)
        .. (found.bad + found.unknown > 0 and '; mend these lines' or '; take them out, or add skip=consent'))
    end
    if found.lines == 0 then
      refuse('MISSING', 'no lines came; type: ' .. call('backfill_many', '< members.txt'))
    end
    local fields = { { 'new', #fresh }, { 'duplicate', found.known + found.twice }, { 'unknown', 0 },
      { 'in_need_of_consent', found.consent } }
    if values.dry then return answer('OK', nil, counts .. ' (dry: nothing changed)', unpack(fields)) end
    if #fresh == 0 then
      return answer('DUP', nil, counts .. '; nothing of it is left to be queued', unpack(fields))
    end
    if redis.call('ZCARD', key('open_batches')) >= BATCHES_MAX then
      refuse('TOO_MANY', BATCHES_MAX .. ' batches are open; wait for some to end: ' .. call('backfills', ''))
    end
    local id = fresh_id(seed)
    store_batch(id, values, window, fresh, found)
    audit('backfill_many', values, 'batch', id, 'window', window, 'members', #fresh)
    return answer('OK', id, counts, unpack(fields))
  end,
  example = "redis-cli -e -x FCALL cf_backfill_many 1 'cf:{0}' since=2023-01-01 < members.txt",
})

local function batch_facts(id)
  local fields = { 'window', 'total', 'done', 'dead', 'cancelled', 'reconsent', 'skipped', 'duplicate', 'created_at',
    'finished_at', 'cancel', 'by', 'lost' }
  local found = redis.call('HMGET', batch_key(id), unpack(fields))
  if not found[1] then return nil end
  local facts = {}
  for at, field in ipairs(fields) do facts[field] = found[at] or nil end
  facts.left = redis.call('LLEN', batch_left_key(id))
  facts.live = redis.call('ZCARD', batch_jobs_key(id))
  facts.ended = tonumber(facts.total) - facts.left - facts.live
  return facts
end
local function state_of(facts)
  if facts.finished_at then return facts.cancel and 'cancelled' or 'finished' end
  return facts.cancel and 'cancelling' or 'open'
end
local function eta_of(facts)
  if facts.finished_at then return '-' end
  if facts.ended == 0 then return 'not known yet' end
  return span((now - tonumber(facts.created_at)) / facts.ended * (facts.left + facts.live))
end

define('backfills', {
  usage = '[BATCH] [limit=20]',
  summary = 'batches with their progress, the youngest first',
  first = 'batch',
  arguments = { { 'batch', 'name' }, { 'limit', 'limit' } },
  run = function(values)
    if values.batch then
      local facts = batch_facts(values.batch)
      if not facts then
        refuse('NO_BATCH', 'no batch ' .. quoted(values.batch) .. '; list them: ' .. call('backfills', ''))
      end
      return { fields = { { 'batch', values.batch }, { 'state', state_of(facts) }, { 'window', facts.window },
        { 'members', tonumber(facts.total) }, { 'not queued yet', facts.left }, { 'queued or running', facts.live },
        { 'done', tonumber(facts.done or 0) }, { 'dead', tonumber(facts.dead or 0) },
        { 'cancelled', tonumber(facts.cancelled or 0) },
        { 'in need of consent', tonumber(facts.reconsent or 0) + tonumber(facts.skipped or 0) },
        { 'duplicate', tonumber(facts.duplicate or 0) }, { 'lost with Redis', tonumber(facts.lost or 0) },
        { 'created', moment(facts.created_at) }, { 'by', facts.by or '' }, { 'eta', eta_of(facts) } } }
    end
    local rows = {}
    for _, id in ipairs(redis.call('ZRANGE', key('batches'), 0, (values.limit or 20) - 1, 'REV')) do
      local facts = batch_facts(id)
      if facts then
        rows[#rows + 1] = { id, state_of(facts), facts.window, tonumber(facts.total), facts.ended, eta_of(facts),
          moment(facts.created_at) }
      end
    end
    return { columns = { 'BATCH', 'STATE', 'WINDOW', 'MEMBERS', 'ENDED', 'ETA', 'CREATED' }, rows = rows,
      note = #rows == 0 and 'no batch yet; begin one: ' .. call('backfill_many', '< members.txt') or nil }
  end,
  example = "redis-cli -e --raw FCALL cf_backfills 1 'cf:{0}'",
})
