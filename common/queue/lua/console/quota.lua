-- What operators may do with a payer's quota. It stands in a function together with quota/state.lua.
local OVERRIDE_FOR = 3600000 -- ms, where nobody says how long
local BREAKS = { 'the whole payer', 'its token endpoint', 'Patient', 'Coverage', 'ExplanationOfBenefit' }

local function known_quota(payer)
  known_payer(payer)
  check_type(quota_key(payer), 'hash')
  return read_quota(payer)
end

local function why_rate(quota, rate)
  if overridden(quota, 'override_rate') then return "an operator's for " .. ahead(quota.override_until) end
  if rate == 0 then return 'no limit is known' end
  local why = quota.rate == quota.profile_rate and 'of the profile' or 'learned'
  return why .. (rate < bounded(quota, quota.rate) and ", slowed by the payer's headers" or '')
end
local function share_text(quota)
  local text = numeral(backfill_share(quota) * 100) .. ' %'
  if not has_own_share(quota) then return text end
  local how_long = quota.share_until == 0 and 'until changed' or 'for ' .. ahead(quota.share_until)
  return text .. ", an operator's " .. how_long
end
local function breaker_text(quota)
  if quota.breaker == 0 then return 'closed' end
  local probe = quota.breaker_next > now and 'in ' .. ahead(quota.breaker_next) or 'any moment'
  return 'open for ' .. (BREAKS[quota.breaker] or 'an endpoint') .. ', next probe ' .. probe
end

-- Lines of cf_status.
function quota_status(payer, field)
  local quota = read_quota(payer)
  if quota.profile_at > 0 then
    local rate = rate_in_force(quota)
    field('rate', (rate > 0 and numeral(rate) .. '/s, ' or '') .. why_rate(quota, rate))
  end
  if overridden(quota, 'override_inflight') then
    field('in flight', 'at most ' .. whole(quota.override_inflight) .. ", an operator's for "
      .. ahead(quota.override_until))
  end
  if quota.blocked_until > now then field('blocked', 'for ' .. ahead(quota.blocked_until) .. ': a 429') end
  if has_own_share(quota) then field('backfill share', share_text(quota)) end
  if quota.breaker > 0 then field('breaker', breaker_text(quota)) end
end

local function shown(payer, quota)
  local rate = rate_in_force(quota)
  local inflight = overridden(quota, 'override_inflight')
  local function known(number) return number > 0 and number or '-' end
  return { fields = { { 'payer', payer }, { 'rate', known(rate) }, { 'because', why_rate(quota, rate) },
    { 'last good rate', known(quota.good) }, { 'floor', floor_of(quota) },
    { 'ceiling', ceiling_of(quota) < NO_CEILING and ceiling_of(quota) or '-' }, { 'burst', burst_in_force(quota) },
    { 'in flight at most', inflight and quota.override_inflight or '-' },
    { 'override until', moment(quota.override_until > now and quota.override_until) },
    { 'backfill share', share_text(quota) },
    { 'blocked', quota.blocked_until > now and 'for ' .. ahead(quota.blocked_until) or 'no' },
    { 'blocked in all', span(quota.blocked_ms) }, { 'bursts of 429s', quota.refused }, { 'epoch', quota.epoch },
    { 'breaker', breaker_text(quota) }, { 'granted', quota.granted }, { 'used', quota.used } } }
end

-- What is not named of an override in force goes on, until the new end.
local function override_of(quota, values)
  local held = quota.override_until > now
  local override = {}
  for _, name in ipairs({ 'rps', 'burst', 'inflight' }) do
    local field = name == 'rps' and 'override_rate' or 'override_' .. name
    override[name] = values[name] or (held and quota[field] or 0)
  end
  override.untill = now + (values['for'] or OVERRIDE_FOR)
  return override
end
local function override_text(override)
  local parts = {}
  if override.rps > 0 then parts[#parts + 1] = numeral(override.rps) .. ' requests/s' end
  if override.burst > 0 then parts[#parts + 1] = 'bursts of ' .. whole(override.burst) end
  if override.inflight > 0 then parts[#parts + 1] = 'at most ' .. whole(override.inflight) .. ' in flight' end
  return table.concat(parts, ', ') .. ' until ' .. moment(override.untill)
end

local function check_bounds(payer, quota, values)
  local ceiling = ceiling_of(quota)
  if values.rps and values.rps > ceiling then
    refuse('BAD_VALUE', 'rps=' .. number_text(values.rps) .. ' is above the ceiling of ' .. payer .. ', '
      .. numeral(ceiling) .. ' requests/s; write at most that, or raise quota.ceiling where its workers are configured')
  end
  local burst_most = math.max(1, math.ceil(ceiling), quota.profile_burst)
  if values.burst and values.burst > burst_most then
    refuse('BAD_VALUE', 'burst=' .. whole(values.burst) .. ' is above what ' .. payer .. ' may get at once, '
      .. whole(burst_most) .. ' (a second of its ceiling, or the burst of its profile); write at most that')
  end
end

local QUOTA_USAGE = 'PAYER [rps=N] [burst=N] [inflight=N] [for=1h] | PAYER end=1'

local function end_override(values, quota)
  if values.rps or values.burst or values.inflight or values['for'] then
    refuse('BAD_VALUE', 'end=1 ends what was set; leave the others out; type: '
      .. call('quota', values.payer .. ' end=1'))
  end
  if quota.override_until <= now then
    refuse('NOT_SET', 'no operator holds the quota of ' .. quoted(values.payer) .. '; look: '
      .. call('quota', values.payer))
  end
  if values.dry then return answer('OK', values.payer, 'would be as its workers learned it (dry: nothing changed)') end
  -- In the past: an operator takes nothing away.
  redis.call('HSET', quota_key(values.payer), 'override_until', 1)
  audit('quota', values, 'payer', values.payer, 'end', 1)
  return answer('OK', values.payer, 'is as its workers learned it')
end

define('quota', {
  usage = QUOTA_USAGE,
  summary = "a payer's rate and what was made of it; with rps=, burst= or inflight= an operator's for a while",
  changes = true,
  first = 'payer',
  arguments = { { 'payer', 'payer', needed = true }, { 'rps', 'rate' }, { 'burst', 'some' }, { 'inflight', 'some' },
    { 'for', 'while' }, { 'end', 'flag' } },
  run = function(values)
    local payer = values.payer
    local quota = known_quota(payer)
    if values['end'] then return end_override(values, quota) end
    if quota.profile_at == 0 then
      refuse('NOT_READY', 'no worker has asked for permits of ' .. quoted(payer)
        .. ' yet, so its ceiling is unknown; start a claimferry-worker that is configured for it')
    end
    if not (values.rps or values.burst or values.inflight) then
      if values['for'] or values.via == 'inbox' then
        refuse('MISSING', 'name rps=, burst=, inflight= or end=1; type: ' .. call('quota', QUOTA_USAGE))
      end
      return shown(payer, quota)
    end
    check_bounds(payer, quota, values)
    local override = override_of(quota, values)
    if values.dry then
      return answer('OK', payer, 'would get ' .. override_text(override) .. ' (dry: nothing changed)')
    end
    redis.call('HSET', quota_key(payer), 'override_rate', number_text(override.rps), 'override_burst',
      number_text(override.burst), 'override_inflight', number_text(override.inflight), 'override_until',
      whole(override.untill))
    audit('quota', values, 'payer', payer, 'rps', number_text(override.rps), 'burst', number_text(override.burst),
      'inflight', number_text(override.inflight), 'until', whole(override.untill))
    return answer('OK', payer, 'gets ' .. override_text(override))
  end,
  example = "redis-cli -e FCALL cf_quota 1 'cf:{0}' aetna rps=5 for=2h by=ada reason='the payer asked'",
})

local function end_share(values, quota)
  if values['for'] then
    refuse('BAD_VALUE', 'backfill=default holds until changed; leave for= out; type: '
      .. call('share', values.payer .. ' backfill=default'))
  end
  if not has_own_share(quota) then
    refuse('NOT_SET', 'no operator holds the share of ' .. quoted(values.payer) .. '; see it: '
      .. call('quota', values.payer))
  end
  quota.share_until = 1
  local text = 'backfills get at most ' .. share_text(quota) .. ' while others wait'
  if values.dry then return answer('OK', values.payer, 'would be as before: ' .. text .. ' (dry: nothing changed)') end
  redis.call('HSET', quota_key(values.payer), 'share_until', 1)
  audit('share', values, 'payer', values.payer, 'backfill', 'default')
  return answer('OK', values.payer, text)
end

define('share', {
  usage = 'PAYER backfill=0.1 [for=2h] | PAYER backfill=default',
  summary = 'the part of the permits that backfills get at most while other lanes want them',
  changes = true,
  first = 'payer',
  arguments = { { 'payer', 'payer', needed = true }, { 'backfill', 'share', needed = true }, { 'for', 'span' } },
  run = function(values)
    local payer = values.payer
    local quota = known_quota(payer)
    if values.backfill == 'default' then return end_share(values, quota) end
    local untill = values['for'] and now + values['for'] or 0
    local text = numeral(values.backfill * 100) .. ' % while others wait, '
      .. (untill > 0 and 'until ' .. moment(untill) or 'until changed')
    if values.dry then
      return answer('OK', payer, 'backfills would get at most ' .. text .. ' (dry: nothing changed)')
    end
    redis.call('HSET', quota_key(payer), 'share', number_text(values.backfill), 'share_until', whole(untill))
    audit('share', values, 'payer', payer, 'backfill', number_text(values.backfill), 'until', whole(untill))
    return answer('OK', payer, 'backfills get at most ' .. text)
  end,
  example = "redis-cli -e FCALL cf_share 1 'cf:{0}' aetna backfill=0.1 for=2h",
})
