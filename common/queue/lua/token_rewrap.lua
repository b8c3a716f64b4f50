-- token_rewrap: version, then for each member: member, its wrapped data key as it was read, and the same key
-- wrapped anew. Puts the one in the other's place only where that still stands: a consent that was renewed
-- meanwhile brought another key, and an erased one must not come back. Answers 1 or 0 for each.
local answers = {}
for at = 2, math.min(#ARGV, 1 + 3 * MOST), 3 do
  local tokens = tokens_key(ARGV[at])
  local stands = redis.call('HGET', tokens, 'data_key') == ARGV[at + 1]
  if stands then redis.call('HSET', tokens, 'data_key', ARGV[at + 2]) end
  answers[#answers + 1] = stands and 1 or 0
end
return answers
