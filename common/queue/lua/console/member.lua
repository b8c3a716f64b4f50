local JOBS_SHOWN = 20

-- The member's live jobs: running, runnable, delayed; the first of each.
local function live_jobs(member)
  local jobs = {}
  local busy = redis.call('HGET', key('busy'), member)
  if busy then jobs[1] = busy end
  for _, set in ipairs({ jobs_key(member), waits_key(member) }) do
    for _, job in ipairs(redis.call('ZRANGE', set, 0, JOBS_SHOWN - 1)) do jobs[#jobs + 1] = job end
  end
  return jobs
end

local function job_text(job)
  local of = redis.call('HMGET', job_key(job), 'state', 'kind', 'window', 'lane', 'attempts', 'stalls', 'snoozes',
    'code')
  for at = 1, 7 do of[at] = of[at] or (at > 4 and '0' or '?') end
  return string.format('%s: %s %s, lane %s, attempts %s, stalls %s, snoozes %s', unpack(of, 1, 7))
    .. (of[8] and ', last ' .. of[8] or '')
end

-- What stays of an erased member: the receipt of its erasure, which names no health data.
local function tombstone_fields(member, facts)
  return { { 'member', member }, { 'payer', facts.payer }, { 'state', 'erased' }, { 'erased', moment(facts.erased_at) },
    { 'erasure', facts.erasure or '' }, { 'fence', facts.erase_fence or '' } }
end
local function add_leaving_fields(fields, facts)
  if facts.state == 'erasing' then
    fields[#fields + 1] = { 'erasing since', moment(facts.erasing_since) }
    fields[#fields + 1] = { 'erasure', facts.erasure or '' }
    fields[#fields + 1] = { 'data key destroyed', moment(facts.key_destroyed_at) }
  elseif facts.dormant_notice_at then
    fields[#fields + 1] = { 'dormant, noticed', moment(facts.dormant_notice_at) }
  end
end

define('member', {
  usage = 'MEMBER',
  summary = 'what is known of a member, and its jobs',
  first = 'member',
  arguments = { { 'member', 'name', needed = true } },
  run = function(values)
    local facts = member_facts(values.member)
    if facts.state == 'erased' then return { fields = tombstone_fields(values.member, facts) } end
    local fields = { { 'member', values.member }, { 'payer', facts.payer }, { 'state', facts.state },
      { 'added', moment(facts.added_at) }, { 'consented', moment(facts.consented_at) },
      { 'last success', moment(facts.last_ok) }, { 'last sweep', moment(facts.last_sweep) },
      { 'next due', moment(facts.next_due) } }
    add_leaving_fields(fields, facts)
    local untill = redis.call('HGET', key('paused'), 'member:' .. values.member)
    if in_force(untill) then
      fields[#fields + 1] = { 'paused', untill == '0' and 'until cf_resume' or 'for ' .. ahead(untill) }
    end
    for _, job in ipairs(live_jobs(values.member)) do
      fields[#fields + 1] = { 'job ' .. job, job_text(job) }
    end
    if facts.last_dead then
      local dead = redis.call('HMGET', job_key(facts.last_dead), 'stage', 'code')
      if dead[2] then
        fields[#fields + 1] = { 'dead letter', facts.last_dead .. ' ' .. (dead[1] or '') .. ' ' .. dead[2] }
      end
    end
    return { fields = fields }
  end,
  example = "redis-cli -e FCALL cf_member 1 'cf:{0}' M123",
})
