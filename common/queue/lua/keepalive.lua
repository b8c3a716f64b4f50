-- Rotating tokens die of idleness, so each active member's stand in a set of its payer, by the time when they are
-- refreshed whoever needs them; plan.lua enqueues who is due.
local keepalive = {}
do
  local IDLE_MOST = 7 * DAY
  function keepalive.key(payer) return root .. ':keepalive:' .. payer end
  -- Tokens were issued. life: of the refresh token in ms, where the payer named one.
  function keepalive.later(payer, member, life)
    local quarter = tonumber(life or '') and math.floor(tonumber(life) / 4) or IDLE_MOST
    redis.call('ZADD', keepalive.key(payer), whole(now + math.min(IDLE_MOST, quarter)), member)
  end
  -- Of an active member whose tokens nothing keeps alive: that was lost, or an earlier release knew none. By its last
  -- success, so that tokens which were idle for long are not left so for a week more.
  function keepalive.restore(payer, member, last_ok)
    if redis.call('ZSCORE', keepalive.key(payer), member) then return end
    local idle_until = number_or_zero(last_ok) + IDLE_MOST
    redis.call('ZADD', keepalive.key(payer), whole(math.min(now + IDLE_MOST, idle_until)), member)
  end
  function keepalive.leave(payer, member) redis.call('ZREM', keepalive.key(payer), member) end
  -- A paused member pulls nothing, but its consent stands: of its runnable jobs the one that keeps its tokens alive
  -- is the only one that may run. Answers it and its score.
  function keepalive.runnable(member)
    local job = redis.call('HGET', key('uniq'), 'keepalive ' .. member .. ' sweep')
    local score = job and redis.call('ZSCORE', jobs_key(member), job)
    return score and { job, score } or {}
  end
end
