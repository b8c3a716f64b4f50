-- Stands before the checks of fsck: what was found, and what is read of a job.
local kind, repair, context = ARGV[2], ARGV[3] == '1', ARGV[4]
local function next_fence()
  local fence = whole(math.max(number_or_zero(redis.call('GET', key('fence'))) + 1, now_us))
  redis.call('SET', key('fence'), fence)
  return fence
end

local ENDED = { dead = true, done = true }
local findings, skipped = {}, 0
local checks = {}
local tally = {} -- {name = number}, beside the findings

-- row: the invariant or count. mend puts it right; nothing where only a person can. What is not to be
-- mended is left as it is: the caller goes on with the next question.
local function found(row, about, what, remedy, mend)
  local mended = repair and mend ~= nil
  if mended then mend() end
  findings[#findings + 1] = { row, about, what, remedy, mended and 1 or mend and 0 or -1 }
  return mended
end

local function digits(text) return text and #text <= 16 and string.find(text, '^%d+$') ~= nil end
local function score(name, item) return tonumber(redis.call('ZSCORE', name, item) or nil) end

-- {name = value} of a hash's fields, and whether it says anything at all.
local function read(name, fields)
  local values = redis.call('HMGET', name, unpack(fields))
  local facts, exists = {}, false
  for at, field in ipairs(fields) do
    facts[field] = values[at] or nil
    exists = exists or facts[field] ~= nil
  end
  facts.exists = exists or redis.call('EXISTS', name) == 1
  return facts
end

local JOB_FIELDS = { 'member', 'payer', 'kind', 'window', 'lane', 'state', 'enqueued_at', 'attempts', 'stalls',
  'snoozes', 'fence', 'finished_at', 'rerun', 'batch' }
local PLACES = { 'running', 'ready', 'delayed', 'dead', 'done' }

-- A job's hash, and where it stands: `at` by place, with its scores.
local function read_job(id)
  local job = read(job_key(id), JOB_FIELDS)
  job.id, job.at = id, {}
  for _, place in ipairs(PLACES) do
    if place ~= 'ready' then job.at[place] = score(key(place), id) end
  end
  if job.member then
    job.at.ready = score(jobs_key(job.member), id)
    job.waits = score(waits_key(job.member), id)
    job.busy = redis.call('HGET', key('busy'), job.member)
  end
  return job
end

-- A member's other job runs.
local function another_runs(job)
  return job.busy and job.busy ~= job.id and score(key('running'), job.busy) ~= nil
end

-- Of several places that hold a job, or none, the one that is true: `running` speaks for those that run,
-- an end that left its trace is an end, and work of which nothing is known is runnable.
local function true_place(job)
  local ended = ENDED[job.state] and (job.at[job.state] or job.finished_at) and job.state
  if job.at.running and (job.busy == job.id or not (ended or another_runs(job))) then return 'running' end
  if ended then return ended end
  if job.finished_at and not (job.at.ready or job.at.delayed) then
    if job.at.dead then return 'dead' end
    if job.at.done then return 'done' end
  end
  -- Its worker may be at work: the member is left to it for the length of a lease.
  if job.state == 'running' and job.busy == job.id and job.fence then return 'running' end
  if job.at.delayed and (job.state == 'delayed' or not job.at.ready) then return 'delayed' end
  if job.waits and job.state == 'delayed' and not job.at.ready then return 'delayed' end
  return 'ready'
end

local function lane_of_score(at) return at and LANES[math.floor(at / RANK_STEP) + 1] end
