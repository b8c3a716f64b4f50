-- fsck: version, kind, repair (1 or 0), context, then items or pairs. Looks at each in one step, so that a
-- queue at work gives no false alarm, and with repair puts it right. Answers {findings, items that a key
-- of another type hid, {name, number, ...}}; a finding is {row, about, what, remedy, 1 mended, 0 to be
-- mended, -1 a person's to do}.
local PAIRS = { keys = true, uniq = true, busy = true, paused = true }

begin(KEYS[1])
-- What stands in meta may be what is to be mended: then it refuses nobody.
local function refused_here()
  if redis.call('TYPE', key('meta')).ok ~= 'hash' then return nil end
  local meta = redis.call('HMGET', key('meta'), 'schema', 'min_writer')
  return meta[1] and digits(meta[2]) and version_refused(ARGV[1]) or nil
end
local refused = refused_here()
if refused then return refused end

local function look(check, at)
  local fine, trouble = pcall(check, ARGV[at], ARGV[at + 1])
  if fine then return end
  local text = type(trouble) == 'table' and trouble.err or tostring(trouble)
  if not string.find(text, 'WRONGTYPE', 1, true) then error(trouble, 0) end
  skipped = skipped + 1
end

if kind == 'set_count' then
  set_count()
else
  for at = 5, #ARGV, PAIRS[kind] and 2 or 1 do look(checks[kind], at) end
end
local numbers = {}
for name, number in pairs(tally) do
  numbers[#numbers + 1] = name
  numbers[#numbers + 1] = tostring(number)
end
return { findings, skipped, numbers }
