-- member_mirror: version, spread ms, the feed's place after these ('' where they are not of the feed), then members in
-- the order of mirror.lua's fields. Answers how many were news. Whoever is told of one that leaves here is not behind.
local WIDTH = #MIRROR_FIELDS
local news, count = 0, math.floor((#ARGV - 3) / WIDTH)
for number = 1, count do
  local of = recorded_from(4 + (number - 1) * WIDTH)
  local spread = math.floor(tonumber(ARGV[2]) * number / count)
  if mirror(of, spread) then news = news + 1 end
end
if ARGV[3] ~= '' then redis.call('HSET', key('meta'), 'mirrored', ARGV[3]) end
return news
