-- member_mirror: version, spread ms, the feed's place before these and after ('' where they are not of the feed), then
-- members in the order of mirror.lua's fields. Answers how many were news. Where Redis' own place is another by now, it
-- was lost or is another keeper's, and nothing is done: the next step begins there.
local before, after, FIRST, WIDTH = ARGV[3], ARGV[4], 5, #MIRROR_FIELDS
if after ~= '' and (redis.call('HGET', key('meta'), 'mirrored') or '') ~= before then return 0 end
local news, count = 0, math.floor((#ARGV - FIRST + 1) / WIDTH)
for number = 1, count do
  local of = recorded_from(FIRST + (number - 1) * WIDTH)
  -- A key of a type that is not ours stops nobody else; fsck names it.
  local done, is_news = pcall(mirror, of, math.floor(tonumber(ARGV[2]) * number / count))
  if not done then add(key('counters'), 'mirror_failed', 1) end
  if done and is_news then news = news + 1 end
end
if after ~= '' then redis.call('HSET', key('meta'), 'mirrored', after) end
return news
