-- The commands of operators, each a function cf_<name>: in the library by FCALL, and out of `inbox`.
local LIBRARY_VERSION = 1

-- A key of another type would stop a change half-way: it is looked for before the first write, and
-- named also to those who only read.
local KEY_TYPES = {
  uniq = 'hash', live = 'hash', paused = 'hash', busy = 'hash', meta = 'hash', counters = 'hash', load = 'hash',
  states = 'hash', leader = 'hash', reruns = 'zset', resumes = 'zset', batches = 'zset', open_batches = 'zset',
  running = 'zset', delayed = 'zset', dead = 'zset', done = 'zset', lastok = 'zset', commands = 'stream',
  audit = 'stream', inbox = 'stream', rejected = 'stream', wake = 'list', payers = 'set',
}
local function check_type(name, expected)
  local found = redis.call('TYPE', name).ok
  if found ~= 'none' and found ~= expected then
    refuse('FOREIGN_KEY', legible(name) .. ' holds a ' .. found .. ' where we keep a ' .. expected
      .. '; an administrator renames it away, then: claimferry fsck --repair')
  end
end
local function check_types()
  for name, expected in pairs(KEY_TYPES) do check_type(key(name), expected) end
end
local function check_member_types(member, payer)
  check_type(jobs_key(member), 'zset')
  check_type(waits_key(member), 'zset')
  for _, lane in ipairs(LANES) do check_type(ready_key(payer, lane), 'zset') end
end

-- A known member's facts, by name.
local MEMBER_FIELDS = { 'payer', 'state', 'added_at', 'consented_at', 'last_ok', 'last_sweep', 'next_due', 'live_sync',
  'last_dead', 'erasing_since', 'key_destroyed_at', 'erased_at', 'erasure', 'erase_fence', 'dormant_notice_at' }
local function member_facts(member)
  check_type(member_key(member), 'hash')
  local found = redis.call('HMGET', member_key(member), unpack(MEMBER_FIELDS))
  if not found[1] then
    refuse('NO_MEMBER', 'no member ' .. quoted(member)
      .. '; list them: claimferry member list, or add it: claimferry member add')
  end
  local facts = {}
  for at, field in ipairs(MEMBER_FIELDS) do facts[field] = found[at] or nil end
  facts.state = facts.state or 'without a state'
  return facts
end
local function active_member(member)
  local facts = member_facts(member)
  if facts.state ~= 'active' then
    refuse('NOT_ACTIVE', 'member ' .. quoted(member) .. ' is ' .. facts.state .. (facts.state == 'reconsent'
      and '; it must consent again: claimferry member add' or ' and takes no work; look: ' .. call('why', member)))
  end
  return facts
end
local function known_payer(payer)
  if redis.call('SISMEMBER', key('payers'), payer) == 0 then
    local payers = redis.call('SMEMBERS', key('payers'))
    table.sort(payers)
    refuse('NO_PAYER', 'no payer ' .. quoted(payer) .. did_you_mean(payer, payers) .. ' (payers with members: '
      .. (#payers > 0 and table.concat(payers, ', ', 1, math.min(#payers, 16)) or 'none') .. ')')
  end
end

-- An id that nothing bears yet.
local function fresh_id(seed)
  local number = 0
  while true do
    local id = job_id(seed, number)
    if redis.call('EXISTS', job_key(id), batch_key(id)) == 0 then return id end
    number = number + 1
  end
end

local function send_command(...)
  return command(...) or refuse('TOO_MANY', COMMANDS_MAX .. ' commands wait for the scheduler; is one running?')
end

local function audit(name, values, ...)
  trail.add('operator', 'cmd', name, 'by', values.by or '', 'reason', values.reason or '', 'via', values.via, ...)
end

-- {line, fields} whose first word is the code.
local function answer(code, id, text, ...)
  local line = code .. (id and ' ' .. id or '') .. (text ~= '' and ' ' .. text or '')
  return { line = line, fields = { { 'code', code }, { 'id', id or '' }, { 'text', text }, ... } }
end

local function writer_refused(changes)
  local meta = redis.call('HMGET', key('meta'), 'schema', 'min_writer')
  if meta[2] and not (WRITER >= (tonumber(meta[2]) or math.huge)) then
    return 'VERSION Redis holds schema ' .. tostring(meta[1])
      .. ', written by a newer release; let its scheduler load its functions'
  end
  if changes and not meta[1] then redis.call('HSET', key('meta'), 'schema', SCHEMA, 'min_writer', MIN_WRITER) end
end

-- What Redis said, or Lua, about something that no check foresaw.
local function unforeseen(text)
  if string.find(text, 'WRONGTYPE', 1, true) then
    local named, why = pcall(check_types)
    if not named and type(why) == 'table' and why.refused then return why.refused end
    return 'FOREIGN_KEY a key under ' .. root .. ' holds another type than we keep there; claimferry fsck names it'
  end
  if string.find(text, 'NOPERM', 1, true) or string.find(text, 'The user executing the script', 1, true) then
    return 'NOPERM this Redis user lacks a right that the command needs; deploy/redis/users.acl lists them'
  end
  return 'FAILED something in Redis was not written by claimferry; type: claimferry fsck --repair ('
    .. string.sub(legible(text), 1, 200) .. ')'
end

-- seed: of random ids. Answers the reply, or an error reply; what was refused has changed nothing.
local function run_command(name, words, seed, from_inbox)
  local command = commands[name or '']
  if not command or (from_inbox and not command.changes) then
    local known = {}
    for _, other in ipairs(names_in_order) do
      if commands[other].changes then known[#known + 1] = other end
    end
    return redis.error_reply('UNKNOWN_COMMAND cmd ' .. quoted(name or '') .. ' is none'
      .. did_you_mean(name or '', known) .. '; write cmd and one of: ' .. table.concat(known, ', '))
  end
  local as = 'text'
  local fine, result = pcall(function()
    local refusal = not command.reads_nothing and writer_refused(false)
    if refusal then error({ refused = refusal }, 0) end
    local values = parse(name, command, words)
    as = values.as or 'text'
    values.via = from_inbox and 'inbox' or 'function'
    if command.changes then
      check_types()
      if not values.dry then writer_refused(true) end
    end
    return command.run(values, seed)
  end)
  if fine then return as == 'json' and as_json(result) or as_text(result) end
  if type(result) == 'table' and result.refused then return redis.error_reply(result.refused) end
  return redis.error_reply(unforeseen(type(result) == 'table' and result.err or tostring(result)))
end
