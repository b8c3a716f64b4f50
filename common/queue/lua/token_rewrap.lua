-- token_rewrap: version, then for each member: member, its wrapped data key as it was read, the same key wrapped
-- anew, and the id of what wraps it now. Puts the one in the other's place only where that still stands: a consent that
-- was renewed meanwhile brought another key, and an erased one must not come back. Answers 1 or 0 for each.
local answers = {}
for at = 2, math.min(#ARGV, 1 + 4 * MOST), 4 do
  local tokens = tokens_key(ARGV[at])
  local stands = redis.call('HGET', tokens, 'data_key') == ARGV[at + 1]
  if stands then
    redis.call('HSET', tokens, 'data_key', ARGV[at + 2])
    trail.add('data_key_rewrapped', 'member', ARGV[at], 'key', ARGV[at + 3])
  end
  answers[#answers + 1] = stands and 1 or 0
end
return answers
