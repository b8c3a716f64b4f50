-- A word may name a job, a batch or a member: what it is, is looked up, and never guessed.
local function target_of(values)
  local found = {}
  for _, kind in ipairs({ 'target', 'job', 'batch', 'member' }) do
    if values[kind] then found[#found + 1] = kind end
  end
  if #found ~= 1 then
    refuse('MISSING', 'name one thing to cancel; type: ' .. call('cancel', 'JOB, BATCH or MEMBER'))
  end
  if values.target then
    found = {}
    if redis.call('EXISTS', job_key(values.target)) == 1 then found[#found + 1] = 'job' end
    if redis.call('EXISTS', batch_key(values.target)) == 1 then found[#found + 1] = 'batch' end
    if redis.call('EXISTS', member_key(values.target)) == 1 then found[#found + 1] = 'member' end
    if #found == 0 then
      refuse('NO_TARGET', 'no job, batch or member ' .. quoted(values.target) .. '; batches: '
        .. call('backfills', '') .. ", a member's jobs: " .. call('member', 'MEMBER'))
    end
    if #found > 1 then
      refuse('AMBIGUOUS', quoted(values.target) .. ' is a ' .. table.concat(found, ' and a ') .. '; say which: '
        .. table.concat(found, '=' .. values.target .. ' or ') .. '=' .. values.target)
    end
    return found[1], values.target
  end
  return found[1], values[found[1]]
end

local cancels = {}
local function refuse_erasure(id)
  refuse('ERASING', quoted(id) .. ' is of a member that is being erased, which nothing ends but its end')
end
function cancels.job(values, job)
  local state = is_live(job)
  if redis.call('HGET', job_key(job), 'kind') == 'erase' then refuse_erasure(job) end
  if not state then refuse('NO_JOB', 'no live job ' .. quoted(job) .. '; it ended or never was') end
  if values.dry then return answer('OK', job, 'would be cancelled, it is ' .. state .. ' (dry: nothing changed)') end
  local command = send_command('cmd', 'cancel', 'job', job)
  redis.call('HSET', job_key(job), 'cancel', now)
  if state == 'running' then announce_cancel() end
  return answer('ACCEPTED', command, state == 'running' and 'its worker stops within seconds'
    or 'the scheduler takes it out of the queue')
end
function cancels.member(values, member)
  if member_facts(member).state == 'erasing' then refuse_erasure(member) end
  local jobs, number = {}, redis.call('ZCARD', jobs_key(member)) + redis.call('ZCARD', waits_key(member))
  if redis.call('HEXISTS', key('busy'), member) == 1 then number = number + 1 end
  for _, job in ipairs(live_jobs(member)) do
    if is_live(job) then jobs[#jobs + 1] = job end
  end
  if #jobs == 0 then refuse('NO_JOB', 'member ' .. quoted(member) .. ' has no live job') end
  if values.dry then
    return answer('OK', nil, count_of(number, 'job') .. ' would be cancelled (dry: nothing changed)')
  end
  local command = send_command('cmd', 'cancel', 'member', member)
  for _, job in ipairs(jobs) do redis.call('HSET', job_key(job), 'cancel', now) end -- those that run hear it now
  announce_cancel()
  return answer('ACCEPTED', command, count_of(number, 'job'))
end
function cancels.batch(values, batch)
  local facts = batch_facts(batch)
  if not facts then refuse('NO_BATCH', 'no batch ' .. quoted(batch) .. '; list them: ' .. call('backfills', '')) end
  if facts.finished_at then
    refuse('ENDED', 'batch ' .. quoted(batch) .. ' is ' .. state_of(facts) .. ' already; look: '
      .. call('backfills', batch))
  end
  local members = count_of(facts.left + facts.live, 'member')
  if values.dry then return answer('OK', batch, members .. ' would be left out (dry: nothing changed)') end
  redis.call('HSET', batch_key(batch), 'cancel', now)
  return answer('ACCEPTED', batch, members)
end

define('cancel', {
  usage = 'JOB | BATCH | MEMBER   (or job= batch= member=)',
  summary = "end a job, a batch, or all of a member's jobs; one that runs ends within 10 s",
  changes = true,
  first = 'target',
  arguments = { { 'target', 'name' }, { 'job', 'name' }, { 'batch', 'name' }, { 'member', 'name' } },
  run = function(values)
    local kind, id = target_of(values)
    check_type(kind == 'job' and job_key(id) or kind == 'batch' and batch_key(id) or member_key(id), 'hash')
    local result = cancels[kind](values, id)
    if not values.dry then audit('cancel', values, kind, id) end
    return result
  end,
  example = "redis-cli -e FCALL cf_cancel 1 'cf:{0}' M123",
})
