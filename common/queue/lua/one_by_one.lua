-- Does the same for several callers, who came with so many arguments each: what one of them meets, be it a
-- refusal or a key of a foreign type, is its own answer. Counts are written at the end, once for all.
local function one_by_one(move, width)
  gathered = { sums = {}, histories = {} }
  local answers = {}
  for at = 2, #ARGV, width do
    local came_through, answer = pcall(move, unpack(ARGV, at, at + width - 1))
    if type(answer) == 'table' and answer.err then answer = answer.err end
    if not came_through and type(answer) == 'string' and not string.find(answer, '^%u+ ') then
      answer = 'ERR ' .. answer -- Lua's own, of a job whose hash is damaged
    end
    answers[#answers + 1] = answer
  end
  local all = gathered
  gathered = nil
  -- What fails here concerns no caller: what it asked for is done, and fsck counts again.
  for name, sums in pairs(all.sums) do
    for field, by in pairs(sums) do
      if by ~= 0 then pcall(add, name, field, by) end
    end
  end
  for history in pairs(all.histories) do pcall(trim_history, history) end
  return answers
end
