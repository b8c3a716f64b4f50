-- Which shards the payer served of late, so that one whose own network is broken does not speak for all:
-- <what>_by the last one, <what>_at when, <what>_other_at when last another than that. `what` is served or token.
local function shard_number(shard) return tonumber(string.sub(redis.sha1hex(shard), 1, 12), 16) end

local function note_served(quota, what, shard)
  local who = shard_number(shard)
  if quota[what .. '_by'] ~= who then
    quota[what .. '_other_at'], quota[what .. '_by'] = quota[what .. '_at'], who
  end
  quota[what .. '_at'] = now
end
local function others_served_at(quota, what, shard)
  local other = quota[what .. '_by'] ~= shard_number(shard)
  return other and quota[what .. '_at'] or quota[what .. '_other_at']
end
