-- token_keys: version, then members. Answers for each its payer and its wrapped data key or ''; nothing where
-- no tokens stand, nobody knows the member, or it is being erased.
local answers = {}
for at = 2, math.min(#ARGV, 1 + MOST) do
  local tokens = redis.call('HMGET', tokens_key(ARGV[at]), 'version', 'data_key')
  local facts = redis.call('HMGET', member_key(ARGV[at]), 'payer', 'state')
  local stands = tokens[1] and facts[1] and facts[2] ~= 'erasing' and facts[2] ~= 'erased'
  answers[#answers + 1] = stands and { facts[1], tokens[2] or '' }
end
return answers
