-- audit_read: version, holder, term, count. What waits in `audit` for the audit in files, oldest first, and where that
-- one stands. Who drains an entry removes it (audit_forget.lua), so that what is gone otherwise is lost: trimmed at the
-- stream's bound, or by a hand. Answers {now, head's seq or '', head's hash, losses that no line tells of yet,
-- lost in all, entries}.
local FIELDS_MAX, NAME_BYTES_MAX, VALUE_BYTES_MAX = 32, 64, 512 -- as limits.hpp has them
if not leads(ARGV[2], ARGV[3]) then return not_leader() end

local stream = redis.pcall('XINFO', 'STREAM', key('audit'))
if stream.err and redis.call('EXISTS', key('audit')) == 1 then return stream end
local length, added = 0, 0
for at = 1, #stream, 2 do
  if stream[at] == 'length' then length = stream[at + 1] end
  if stream[at] == 'entries-added' then added = stream[at + 1] end
end

local head = redis.call('HMGET', key('audit_head'), 'seq', 'hash', 'gone', 'refused', 'untold')
local untold = number_or_zero(head[5])
-- A number below the one that was known is a new stream's, or new counters'.
local function since(known, count)
  known = number_or_zero(known)
  return count < known and count or count - known
end
local refused = number_or_zero(redis.call('HGET', key('counters'), 'audit_refused'))
local lost = since(head[3], added - length) + since(head[4], refused)
if lost > 0 or number_or_zero(head[3]) > added - length then
  untold = untold + lost
  add(key('counters'), 'audit_lost', lost)
  redis.call('HSET', key('audit_head'), 'gone', whole(added - length), 'refused', whole(refused),
    'untold', whole(untold))
end

local entries = {}
if length > 0 then
  for number, entry in ipairs(redis.call('XRANGE', key('audit'), '-', '+', 'COUNT', tonumber(ARGV[4]))) do
    local kept = { entry[1] }
    for at = 1, math.min(#entry[2], 2 * FIELDS_MAX) do
      kept[at + 1] = string.sub(entry[2][at], 1, at % 2 == 1 and NAME_BYTES_MAX or VALUE_BYTES_MAX)
    end
    entries[number] = kept
  end
end
local lost_in_all = number_or_zero(redis.call('HGET', key('counters'), 'audit_lost'))
return { now_text, head[1] or '', head[2] or '', untold, lost_in_all, entries }
