-- jobs: ids. Each with everything that follows from its hash.

local function places_of(job)
  local places = {}
  for _, place in ipairs(PLACES) do
    if job.at[place] then places[#places + 1] = place end
  end
  if job.waits and not job.at.delayed then places[#places + 1] = 'waits' end
  return places
end

local function check_place(job, place)
  local places = places_of(job)
  local busy = job.busy == job.id
  local runs = place == 'running'
  local fits = #places == 1 and places[1] == place and job.state == place and busy == runs
  if place == 'delayed' then fits = fits and job.waits end
  if not fits then
    local row = (busy or runs or job.at.running) and 'I2' or 'I3'
    found(row, 'job ' .. job.id, 'stands in ' .. (#places > 0 and table.concat(places, ' and ') or 'no place')
      .. (busy and ', keeps its member busy' or '') .. ' and says ' .. (job.state or 'nothing'),
      'made ' .. place, function() put(job, place) end)
  elseif runs and job.at.running > now + LEASE_MAX then
    found('I2', 'job ' .. job.id, 'has a lease of more than a day', 'given one of a minute',
      function() put(job, place) end)
  elseif place == 'ready' and lane_of_score(job.at.ready) ~= job.lane then
    found('I1', 'job ' .. job.id, 'waits in another lane than its own', 'put into its own', function()
      make_ready(job.id, job.member, job.lane, false)
    end)
  end
end

-- Answers the payer of the job's member, or nothing when there is no such member and never will be.
local function payer_of_member(job)
  local payer = redis.call('HGET', member_key(job.member), 'payer')
  if payer then return payer end
  local exists = redis.call('EXISTS', member_key(job.member)) == 1
  if not job.payer or not (exists or can_restore(job.member)) then
    found('I1', 'job ' .. job.id, 'is alive and there is no member ' .. job.member, 'set aside as a dead letter',
      function() bury(job, 'no_member', 'its member is unknown; add it, and enqueue the work again') end)
    return nil
  end
  -- Of a hash that is there, though not whole, the members' own check tells.
  if exists and not repair then return job.payer end
  found('I7', 'member ' .. job.member, exists and 'does not say its payer' or 'has lost its hash and has a live job',
    'restored', function() restore_member(job.member, job.payer) end)
  return job.payer
end

local function check_fence(job)
  if not digits(job.fence) then
    found('I6', 'job ' .. job.id, 'runs without a fence', 'given a new one: its worker stops, and it is reaped',
      function() redis.call('HSET', job_key(job.id), 'fence', next_fence()) end)
  elseif tonumber(job.fence) > (tonumber(redis.call('GET', key('fence')) or '0') or 0) then
    found('I6', 'job ' .. job.id, 'runs with a fence above the last one given', 'the last one given is raised',
      function() redis.call('SET', key('fence'), job.fence) end)
  end
end

local function same_work(job, other)
  return job.kind == other.kind and job.member == other.member and job.window == other.window
end

-- Of two live jobs for one work, the one that does not run ends.
local function end_duplicate(loser, field, winner)
  say(loser, lacking(loser, winner.payer))
  leave_places(loser, nil)
  redis.call('HSET', key('uniq'), field, winner.id)
  conclude(loser.id, loser.member, job_facts(loser.id), { outcome = 'cancelled', due_in = usual_interval(),
    stage = 'queue', code = 'duplicate', detail = 'another job for the same work was alive' })
end

-- Answers whether the job goes on.
local function check_uniq(job, place)
  local field = uniq_field(job.kind, job.member, job.window)
  local named = redis.call('HGET', key('uniq'), field)
  if named == job.id then return true end
  local other = named and read_job(named)
  if not (other and other.exists and same_work(job, other) and not ENDED[true_place(other)]) then
    found('I4', 'job ' .. job.id, 'is alive and not in uniq', 'entered', function()
      redis.call('HSET', key('uniq'), field, job.id)
    end)
    return true
  end
  local goes_on = place == 'running'
  local winner, loser = goes_on and job or other, goes_on and other or job
  found('I4', 'job ' .. loser.id, 'is alive beside ' .. winner.id .. ' for the same work', 'cancelled as a duplicate',
    function() end_duplicate(loser, field, winner) end)
  return goes_on
end

local function check_marks(job)
  if job.rerun and not (LANE_RANK[job.rerun] and score(key('reruns'), job.id)) then
    found('reruns', 'job ' .. job.id, 'was asked for again and is not in reruns', 'entered', function()
      if not LANE_RANK[job.rerun] then redis.call('HSET', job_key(job.id), 'rerun', job.lane) end
      redis.call('ZADD', key('reruns'), 'NX', now, job.id)
    end)
  end
  if job.batch and not score(batch_jobs_key(job.batch), job.id)
    and redis.call('HEXISTS', batch_key(job.batch), 'window') == 1 then
    found('batches', 'job ' .. job.id, 'is of batch ' .. job.batch .. ', which does not know it', 'entered',
      function()
        redis.call('ZADD', batch_jobs_key(job.batch), 0, job.id)
        redis.call('ZADD', key('open_batches'), 'NX', whole(now_us), job.batch)
        redis.call('HDEL', batch_key(job.batch), 'finished_at')
      end)
  end
end

local function check_live(job, place)
  if not job.member then
    found('I3', 'job ' .. job.id, 'does not say whose it is', 'set aside as a dead letter', function()
      bury(job, 'malformed_job', 'its hash does not name its member; enqueue the work again')
    end)
    return
  end
  local payer = payer_of_member(job)
  if not payer then return end
  local lost = lacking(job, payer)
  local names = names_of(lost)
  if names then
    found('I3', 'job ' .. job.id, 'lacks a sound ' .. names, 'completed', function() say(job, lost) end)
    if not repair then return end
  end
  if not check_uniq(job, place) then return end
  check_place(job, place)
  if place == 'running' then check_fence(job) end
  check_marks(job)
end

function checks.jobs(id)
  local job = read_job(id)
  if not job.exists then return end -- it went since its name was read
  local place = true_place(job)
  if ENDED[place] then check_place(job, place) else check_live(job, place) end
end
