-- Whether a payer honours the refresh tokens that it gave. One that refuses many members within minutes has lost
-- them, or our registration: so many do not withdraw their consent at once. Then refreshing stops for the whole
-- fleet, nobody more is parked, and one refresh now and then asks whether it is over; a success ends it, and those
-- who were parked before it was noticed come back (plan.lua).
local grants = {}
do
  local BUCKET = 300000 -- ms; what counts is this one and the one before
  local WINDOW = 2 * BUCKET
  local ASKS_EVERY = 900000 -- ms
  local MEMBERS_LEAST = 5
  local FIELDS = { 'bucket', 'asked', 'refused', 'asked_before', 'refused_before', 'stopped_at', 'asks_at', 'back',
    'back_from' }

  function grants.key(payer) return root .. ':grants:' .. payer end
  -- All members whom it refused within a day, by the time: what builds slowly has parked many before it is noticed.
  function grants.refused_key(payer) return root .. ':refused:' .. payer end

  function grants.read(payer)
    local found = redis.call('HMGET', grants.key(payer), unpack(FIELDS))
    local of = {}
    for at, name in ipairs(FIELDS) do of[name] = number_or_zero(found[at]) end
    local bucket = math.floor(now / BUCKET)
    if of.bucket ~= bucket then
      local follows = of.bucket == bucket - 1
      of.asked_before, of.refused_before = follows and of.asked or 0, follows and of.refused or 0
      of.bucket, of.asked, of.refused = bucket, 0, 0
    end
    -- A clock was set back.
    of.stopped_at = math.min(of.stopped_at, now)
    of.asks_at = math.min(of.asks_at, now + ASKS_EVERY)
    return of
  end
  local function write(payer, of)
    local words = {}
    for at, name in ipairs(FIELDS) do words[2 * at - 1], words[2 * at] = name, whole(of[name]) end
    redis.call('HSET', grants.key(payer), unpack(words))
  end
  function grants.counted(of) return of.refused + of.refused_before, of.asked + of.asked_before end

  local function forget_refusals(payer)
    local old = redis.call('ZRANGEBYSCORE', grants.refused_key(payer), '-inf', now - DAY, 'LIMIT', 0, MOST)
    if #old > 0 then redis.call('ZREM', grants.refused_key(payer), unpack(old)) end
  end
  local function is_surge(payer, of, share)
    local refused, asked = grants.counted(of)
    return refused > share * asked
      and redis.call('ZCOUNT', grants.refused_key(payer), now - WINDOW, '+inf') >= MEMBERS_LEAST
  end

  -- Ms until a refresh may leave; 0: this one may, and while they are stopped it is the one that asks.
  function grants.wait(payer)
    if number_or_zero(redis.call('HGET', grants.key(payer), 'stopped_at')) == 0 then return 0 end
    local of = grants.read(payer)
    if of.asks_at > now then return of.asks_at - now end
    of.asks_at = now + ASKS_EVERY
    write(payer, of)
    return 0
  end

  -- What was counted is of the time before; who was refused a day before the stop comes back.
  function grants.resume(payer, how)
    local stopped_at = number_or_zero(redis.call('HGET', grants.key(payer), 'stopped_at'))
    write(payer, { bucket = 0, asked = 0, refused = 0, asked_before = 0, refused_before = 0, stopped_at = 0,
      asks_at = 0, back = 1, back_from = math.max(0, stopped_at - DAY) })
    trail.add('grants_resumed', 'payer', payer, 'how', how)
  end
  -- left_at: of the refresh that was served. One that was under way when refreshing stopped proves nothing.
  function grants.served(payer, left_at)
    local of = grants.read(payer)
    if of.stopped_at > 0 then
      if left_at >= of.stopped_at then grants.resume(payer, 'a refresh was served') end
      return
    end
    of.asked = of.asked + 1
    write(payer, of)
  end

  -- Answers whether refreshing is stopped, so that the member is not to be parked, and whether this refusal did it.
  -- share: of the refreshes, above which it is.
  function grants.refuse(payer, member, share)
    local of = grants.read(payer)
    if of.stopped_at > 0 then return true, false end
    -- Of one that came back and is refused again the payer meant it.
    if share <= 0 or redis.call('HEXISTS', member_key(member), 'taken_back') == 1 then return false, false end
    of.asked, of.refused = of.asked + 1, of.refused + 1
    if of.back == 0 then forget_refusals(payer) end
    redis.call('ZADD', grants.refused_key(payer), now_text, member)
    local began = is_surge(payer, of, share)
    if began then
      of.stopped_at, of.asks_at = now, now + ASKS_EVERY
      local refused, asked = grants.counted(of)
      trail.add('grants_stopped', 'payer', payer, 'refused', whole(refused), 'asked', whole(asked))
    end
    write(payer, of)
    return began, began
  end

  -- Some of those who were parked before a surge was noticed are active again, and with each call some more. Not
  -- while it lasts.
  function grants.take_back(payer, some)
    local of = redis.call('HMGET', grants.key(payer), 'back', 'stopped_at', 'back_from')
    if of[1] ~= '1' or number_or_zero(of[2]) > 0 then return end
    local refused = redis.call('ZRANGE', grants.refused_key(payer), 0, some - 1, 'WITHSCORES')
    for at = 1, #refused, 2 do
      local member = refused[at]
      redis.call('ZREM', grants.refused_key(payer), member)
      local facts = redis.call('HMGET', member_key(member), 'payer', 'state')
      if tonumber(refused[at + 1]) < number_or_zero(of[3]) then facts = {} end
      if facts[1] == payer and facts[2] == 'reconsent' then
        set_member_state(member, 'active')
        redis.call('HSET', member_key(member), 'taken_back', now_text)
        set_due(payer, member, now)
        keepalive.later(payer, member)
        trail.add('consent_taken_back', 'member', member, 'payer', payer)
      end
    end
    if #refused < 2 * some then redis.call('HSET', grants.key(payer), 'back', '0') end
  end
end
