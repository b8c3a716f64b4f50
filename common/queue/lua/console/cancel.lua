-- A word may name a job, a batch or a member: what it is, is looked up, and never guessed.
local function target_of(values)
  local found = {}
  if values.target then
    if redis.call('EXISTS', job_key(values.target)) == 1 then found[#found + 1] = 'job' end
    if redis.call('EXISTS', batch_key(values.target)) == 1 then found[#found + 1] = 'batch' end
    if redis.call('EXISTS', member_key(values.target)) == 1 then found[#found + 1] = 'member' end
    if #found == 0 then
      refuse('NO_TARGET', 'no job, batch or member ' .. quoted(values.target) .. '; look: ' .. call('backfills', ''))
    end
    if #found > 1 then
      refuse('AMBIGUOUS', quoted(values.target) .. ' is a ' .. table.concat(found, ' and a ') .. '; say which: '
        .. found[1] .. '=' .. values.target)
    end
    return found[1], values.target
  end
  for _, kind in ipairs({ 'job', 'batch', 'member' }) do
    if values[kind] then found[#found + 1] = kind end
  end
  if #found ~= 1 then refuse('MISSING', 'name one thing to cancel; type: cf_cancel JOB, BATCH or MEMBER') end
  return found[1], values[found[1]]
end

local cancels = {}
function cancels.job(values, job)
  local state = is_live(job)
  if not state then refuse('NO_JOB', 'no live job ' .. quoted(job) .. '; it ended or never was') end
  if values.dry then return answer('OK', job, 'would be cancelled, it is ' .. state .. ' (dry: nothing changed)') end
  redis.call('HSET', job_key(job), 'cancel', 1)
  return answer('ACCEPTED', send_command('cmd', 'cancel', 'job', job),
    state == 'running' and 'its worker stops at its next heartbeat' or 'it does not run any more')
end
function cancels.member(values, member)
  member_facts(member)
  local jobs = live_jobs(member)
  if #jobs == 0 then refuse('NO_JOB', 'member ' .. quoted(member) .. ' has no live job') end
  if values.dry then return answer('OK', nil, #jobs .. ' jobs would be cancelled (dry: nothing changed)') end
  for _, job in ipairs(jobs) do redis.call('HSET', job_key(job), 'cancel', 1) end
  return answer('ACCEPTED', send_command('cmd', 'cancel', 'member', member), #jobs .. ' jobs')
end
function cancels.batch(values, batch)
  local facts = batch_facts(batch)
  if not facts then refuse('NO_BATCH', 'no batch ' .. quoted(batch)) end
  if facts.finished_at then refuse('ENDED', 'batch ' .. quoted(batch) .. ' is ' .. state_of(facts) .. ' already') end
  if values.dry then
    return answer('OK', batch, facts.left + facts.live .. ' members would be left out (dry: nothing changed)')
  end
  redis.call('HSET', batch_key(batch), 'cancel', 1)
  return answer('ACCEPTED', batch, facts.left + facts.live .. ' members')
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
