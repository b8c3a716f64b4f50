-- take_inbox: version, holder, term, seed. Raw commands that people added to `inbox`, each carried out as
-- its cf_ function would, or moved to `rejected` with the reason. Answers {taken, refused}.
local AT_ONCE = 20
local FIELDS_KEPT, BYTES_KEPT = 16, 100
if not leads(ARGV[2], ARGV[3]) then return not_leader() end
local taken, refused = 0, 0

-- cmd backfill member M123 since 2023-01-01 → 'backfill', {member=M123, since=2023-01-01}
local function words_of(fields)
  local name, words = nil, {}
  for at = 1, #fields, 2 do
    if fields[at] == 'cmd' and not name then
      name = fields[at + 1]
    else
      words[#words + 1] = fields[at] .. '=' .. fields[at + 1]
    end
  end
  return name, words
end

local function reject(id, fields, reason)
  local kept = { 'inbox', id, 'reason', reason }
  for at = 1, math.min(#fields, 2 * FIELDS_KEPT) do kept[#kept + 1] = string.sub(fields[at], 1, BYTES_KEPT) end
  redis.pcall('XADD', key('rejected'), 'MAXLEN', '~', REJECTED_MAX, '*', unpack(kept))
  refused = refused + 1
end

for number, entry in ipairs(redis.call('XRANGE', key('inbox'), '-', '+', 'COUNT', AT_ONCE)) do
  local name, words = words_of(entry[2])
  local answer = run_command(name, words, ARGV[4] .. ':' .. number, true)
  if type(answer) == 'table' and answer.err then
    reject(entry[1], entry[2], answer.err)
  else
    taken = taken + 1
  end
  redis.call('XDEL', key('inbox'), entry[1])
  -- What reads many takes a step of its own.
  if name == 'backfill_many' or name == 'dead_replay' or name == 'dead_drop' then break end
end
return { taken, refused }
