-- paused: scope and until. An entry that says nothing sound would stop every claim.
local function is_scope(scope)
  local what, name = string.match(scope, '^(%l+):(.+)$')
  return scope == 'all' or what == 'payer' or what == 'member' or what == 'lane' and LANE_RANK[name] ~= nil
end

function checks.paused(scope, untill)
  if redis.call('HGET', key('paused'), scope) ~= untill then return end
  if not is_scope(scope) then
    found('pauses', 'pause ' .. scope, 'is of no scope that there is', 'taken out', function()
      redis.call('HDEL', key('paused'), scope)
    end)
  elseif not digits(untill) then
    found('pauses', 'pause ' .. scope, 'says no time until when', 'holds until it is resumed', function()
      redis.call('HSET', key('paused'), scope, 0)
    end)
  elseif tonumber(untill) > 0 and (score(key('resumes'), scope) or math.huge) > tonumber(untill) then
    found('pauses', 'pause ' .. scope, 'ends and would not be noticed', 'entered in resumes', function()
      redis.call('ZADD', key('resumes'), untill, scope)
    end)
  end
end

function checks.resumes(scope)
  if not score(key('resumes'), scope) or redis.call('HEXISTS', key('paused'), scope) == 1 then return end
  found('pauses', 'pause ' .. scope, 'is to end and there is none', 'taken out', function()
    redis.call('ZREM', key('resumes'), scope)
    local member = string.match(scope, '^member:(.*)$')
    if member then stand(member) end
  end)
end
