-- What the database of record says of a member, brought into Redis. Each change of a record has a number; Redis keeps
-- the last one that it saw in the member's `record`, so that the same said twice, or late, changes nothing. A member
-- who leaves stays one who leaves, whoever says otherwise.
local MIRROR_FIELDS = { 'member', 'payer', 'state', 'record', 'added_at', 'consented_at', 'consent_expires_at',
  'last_ok', 'last_sweep', 'token_life', 'erasure', 'left_at', 'erased_at', 'erase_fence', 'begun_at', 'scopes',
  'data_classes', 'app', 'organisation', 'policy_version' }
local mirror, recorded_from, left_meanwhile
do
  local TERMS_FROM = 16

  -- Of the n-th member among the arguments, which begin at `first`.
  function recorded_from(first)
    local of = { terms = {} }
    for at, name in ipairs(MIRROR_FIELDS) do
      of[name] = ARGV[first + at - 1]
      if at >= TERMS_FROM then
        of.terms[#of.terms + 1] = name
        of.terms[#of.terms + 1] = of[name]
      end
    end
    return of
  end

  local function note(of, ...) redis.call('HSET', member_key(of.member), 'record', of.record, ...) end
  local function note_where_told(of, name)
    if of[name] ~= '' then redis.call('HSET', member_key(of.member), name, of[name]) end
  end

  -- Whether somebody whom Redis did not know asked to be erased after this enrolment had begun.
  function left_meanwhile(of)
    local begun_at = tonumber(of.begun_at)
    return begun_at and begun_at <= number_or_zero(redis.pcall('GET', left_key(of.member)))
  end

  local function leave(of, reason)
    redis.call('HSETNX', member_key(of.member), 'payer', of.payer)
    local erasure = of.erasure ~= '' and of.erasure or job_id(of.member .. now_us, 0)
    begin_erasure(of.member, erasure, { by = 'record', reason = reason or 'recorded before', via = 'scheduler' })
    destroy_keys(of.member, { erasure = erasure })
    note(of)
  end

  -- A tombstone; where Redis still knows a member, it is erased once more.
  local function bury(of, state)
    if state and state ~= 'erased' then return leave(of) end
    redis.call('DEL', member_key(of.member))
    if not state then set_member_state(of.member, 'erased') end
    note(of, 'payer', of.payer, 'state', 'erased', 'erased_at', of.erased_at, 'erasure', of.erasure, 'erase_fence',
      of.erase_fence)
  end

  local function forget_tombstone(of)
    redis.call('HDEL', member_key(of.member), 'erased_at', 'erasure', 'erase_fence')
    set_member_state(of.member, 'active')
  end

  local function keep_consent(of)
    note(of, 'payer', of.payer, 'consented_at', of.consented_at)
    redis.call('HSETNX', member_key(of.member), 'added_at', of.added_at)
    redis.call('HDEL', member_key(of.member), 'consent_terms', 'consent_expires_at')
    redis.call('ZREM', key('consents'), of.member)
    if of.consent_expires_at ~= '' then
      redis.call('HSET', member_key(of.member), 'consent_expires_at', of.consent_expires_at)
      redis.call('ZADD', key('consents'), of.consent_expires_at, of.member)
    end
    if of.scopes ~= '' then
      local terms = string.sub(redis.sha1hex(table.concat(of.terms, '\0')), 1, 16)
      redis.call('HSET', key('terms:' .. terms), unpack(of.terms))
      redis.call('HSET', member_key(of.member), 'consent_terms', terms)
    end
  end

  -- Of whom Redis knew nothing: when it was pulled last the record says; whether anybody uses it is not known.
  local function bring_back(of)
    note_where_told(of, 'last_ok')
    note_where_told(of, 'last_sweep')
    redis.call('HSET', member_key(of.member), 'last_used', now_text)
  end

  local function activate(of, was, spread)
    redis.call('SADD', key('payers'), of.payer)
    set_member_state(of.member, 'active')
    if not redis.call('ZSCORE', due_key(of.payer), of.member) then
      local due = was and now or math.max(now + spread, number_or_zero(of.last_ok) + usual_interval())
      set_due(of.payer, of.member, due)
    end
    if was then
      keepalive.later(of.payer, of.member, of.token_life)
      local busy = redis.call('HGET', key('busy'), of.member)
      if busy then redis.call('HSET', job_key(busy), 'renewed', 1) end
    else
      keepalive.restore(of.payer, of.member, of.last_ok)
    end
  end
  local function park(of)
    set_member_state(of.member, 'reconsent')
    redis.call('ZREM', due_key(of.payer), of.member)
    end_parked(of.member)
  end

  -- spread: ms within which one of whom Redis knew nothing is due. Answers whether it was news.
  function mirror(of, spread)
    local known = redis.call('HMGET', member_key(of.member), 'state', 'record')
    local state = known[1]
    redis.call('HSET', key('meta'), 'recorded', 1)
    if state and number_or_zero(known[2]) >= tonumber(of.record) then return false end
    if state == 'erasing' and of.state ~= 'erasing' then return false end
    -- Redis knows better, and has not told yet.
    if of.state == 'reconsent' and state and redis.call('ZSCORE', key('unrecorded'), of.member) then return false end
    if of.state == 'erased' then
      bury(of, state)
    elseif of.state == 'erasing' then
      if state == 'erased' then forget_tombstone(of) end
      leave(of)
    else
      if state == 'erased' then forget_tombstone(of) end
      if (not state or state == 'erased') and left_meanwhile(of) then
        leave(of, 'left during the enrolment')
        return true
      end
      keep_consent(of)
      if not state then bring_back(of) end
      if of.state == 'active' then activate(of, state, spread) else park(of) end
      stand(of.member)
    end
    redis.call('ZREM', key('unrecorded'), of.member) -- it comes from there
    return true
  end
end
