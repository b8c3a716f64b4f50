-- The audit: ids and events alone, noted in the same step as what they tell of. The stream is transit to the
-- audit in files, by audit_read.lua. What cannot be noted stops nobody's work and is counted as lost.
local trail = {}
do
  local AUDIT_MAX = '2000000' -- limits::audit_stream_max
  function trail.add(event, ...)
    local noted = redis.pcall('XADD', key('audit'), 'MAXLEN', '~', AUDIT_MAX, '*', 'event', event, ...)
    if type(noted) == 'table' and noted.err then add(key('counters'), 'audit_refused', 1) end
  end

  -- How a lease ended, of whoever held it. counts: as the worker tells them, in the order of COUNTS.
  local COUNTS = { 'pages', 'new', 'changed', 'unchanged', 'rejected', 'absent' }
  local function lease(event, job, member, facts, counts, ...)
    local words = { 'member', member, 'job', job, 'payer', facts.payer or '', 'kind', facts.kind or '', 'window',
      facts.window or '', 'worker', facts.worker or '', 'fence', facts.fence or '', ... }
    for at, name in ipairs(counts and COUNTS or {}) do
      words[#words + 1] = name
      words[#words + 1] = counts[at] or '0'
    end
    trail.add(event, unpack(words))
  end
  -- A job that nobody ever claimed touched nobody's data.
  function trail.ended(job, member, facts, ending)
    if facts.worker then
      lease('job_ended', job, member, facts, ending.counts, 'outcome', ending.outcome, 'stage', ending.stage or '',
        'code', ending.code or '')
    end
    if ending.outcome == 'reconsent' and not ending.parked then
      trail.add('consent_ended', 'member', member, 'payer', facts.payer, 'job', job, 'worker', facts.worker or '',
        'code', ending.code or '')
    end
  end
  -- The job goes on under another lease; what this one pulled stands nowhere else.
  function trail.put_back(job, member, facts, counts, code)
    if (counts[1] or '0') ~= '0' then lease('job_put_back', job, member, facts, counts, 'code', code) end
  end
  -- What it pulled, only its worker could have told.
  function trail.lease_expired(job, member, facts) lease('lease_expired', job, member, facts) end

  local REFRESH_FAILED = { invalid_grant = true, refresh_uncertain = true, refresh_lost = true,
    refresh_lost_consent = true, token_answer_unusable = true, token_of_other_patient = true }
  function trail.refresh_failed(job, member, facts, stage, code)
    if stage ~= 'token' or not REFRESH_FAILED[code] then return end
    trail.add('refresh_failed', 'member', member, 'payer', facts.payer, 'job', job, 'worker', facts.worker or '',
      'code', code)
  end
end
