-- What an operator typed, checked strictly: each command says which arguments it takes; an unknown,
-- doubled, missing or ill-formed one is refused with what to type instead.

local WORD_BYTES_MAX = 400 -- of an argument but the lines of a batch
local LABEL_BYTES_MAX = 40

local commands, names_in_order = {}, {}
local function define(name, command)
  commands[name] = command
  names_in_order[#names_in_order + 1] = name
end

-- Ends the command. Caught in run_command.
local function refuse(code, text) error({ refused = code .. ' ' .. text }, 0) end

-- What to type next, in redis-cli, or in a shell where lines come from a file.
local function call(name, words)
  local line = 'FCALL cf_' .. name .. " 1 '" .. root .. "'" .. (words ~= '' and ' ' .. words or '')
  return commands[name].lines and 'redis-cli -e -x ' .. line or line
end

-- Edits from one word to another (Levenshtein), for "did you mean".
local function distance(a, b)
  local row = {}
  for at = 0, #b do row[at] = at end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = string.byte(a, i) == string.byte(b, j) and 0 or 1
      corner, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, corner + cost)
    end
  end
  return row[#b]
end
local function nearest(word, names)
  local best, edits
  word = string.sub(word, 1, 40)
  for _, name in ipairs(names) do
    local needed = distance(word, name)
    if needed <= 1 + math.floor(#name / 4) and (not best or needed < edits) then best, edits = name, needed end
  end
  return best
end
local function did_you_mean(word, names)
  local best = nearest(word, names)
  return best and '; did you mean ' .. best .. '?' or ''
end

-- Days since 1970 of a real date, or nil.
local function days_of(text)
  local year, month, day = string.match(text, '^(%d%d%d%d)-(%d%d)-(%d%d)$')
  if not year then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 or day < 1 or year < 1900 then return nil end
  local y = month <= 2 and year - 1 or year
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local doy = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5) + day - 1
  local days = era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
  return date_of(days * DAY) == text and days or nil
end

local SPANS = { s = 1000, m = 60000, h = 3600000, d = DAY }
local SPAN_MAX = 366 * DAY

-- Each takes the text and answers the value, or nothing and what to type.
local types = {}
local function matching(pattern, most, wanted)
  return function(text) return string.match(text, pattern) and #text <= most and text, wanted end
end
types.name = matching('^[%w_-]+$', 64, 'an id of 1 to 64 of A-Z a-z 0-9 _ -')
types.payer = matching('^[%w_-]+$', 64, 'a configured payer, such as aetna')
types.code = matching('^[%l%d_]+$', 64, 'a code as cf_dead shows it, such as refresh_lost')
types.by = matching('^[%w_.@+-]+$', 64, 'a short plain name, such as by=ada')
types.reason = matching('^[%w%p ]+$', 200, 'at most 200 plain characters')
types.word = matching('^[%l_]+$', 40, 'the name of a command')
function types.as(text) return (text == 'text' or text == 'json') and text, 'text or json' end
function types.flag(text) return text == '1' and 1, '1, or leave it out' end
function types.count(text) return string.match(text, '^%d+$') and #text <= 9 and tonumber(text), 'a whole number' end
function types.limit(text)
  local number = string.match(text, '^%d+$') and #text <= 4 and tonumber(text)
  return number and number >= 1 and number <= MOST and number, 'a number from 1 to ' .. MOST
end
function types.span(text)
  local number, unit = string.match(text, '^(%d+)([smhd])$')
  local ms = number and #number <= 6 and tonumber(number) * SPANS[unit]
  return ms and ms > 0 and ms <= SPAN_MAX and ms, 'a time such as 90s, 15m, 2h or 7d, at most 366d'
end
types['while'] = function(text)
  local ms = types.span(text)
  return ms and ms <= 30 * DAY and ms, 'a time such as 15m, 2h or 7d, at most 30d; end=1 ends it at once'
end
local function decimal(text) return #text <= 12 and string.match(text, '^%d*%.?%d+$') and tonumber(text) end
function types.rate(text)
  local number = decimal(text)
  return number and number >= 0.01 and number, 'requests a second, 0.01 or more, such as 5 or 0.5'
end
function types.some(text)
  local number = types.count(text)
  return number and number > 0 and number, 'a whole number above 0'
end
function types.share(text)
  if text == 'default' then return text end
  local percent = string.match(text, '^(.+)%%$')
  local number = decimal(percent or text)
  local share = number and (percent and number / 100 or number)
  return share and share >= 0.01 and share <= 1 and share, 'a part from 0.01 to 1, such as 0.1 or 10%, or default'
end
function types.day(text)
  local days = days_of(text)
  if days and days * DAY > now then return nil, 'a day that is not in the future; today is ' .. date_of(now) end
  return days, 'a real date such as ' .. date_of(now)
end
function types.skip(text) return text == 'consent' and text, 'consent' end
function types.scope(text)
  if text == 'all' then return text end
  local kind, name = string.match(text, '^(%l+):(.+)$')
  local fits = kind == 'lane' and LANE_RANK[name] or (kind == 'payer' or kind == 'member') and types.name(name)
  return fits and text, 'all, lane:urgent, lane:routine, lane:backfill, payer:NAME or member:ID'
end
function types.held(text)
  local payer = string.match(text, '^grants:(.+)$')
  if payer then return types.name(payer) and text, 'grants:PAYER' end
  local scope, what = types.scope(text)
  return scope, what and what .. ', or grants:PAYER'
end
function types.lines(text) return text, 'one member a line' end

local COMMON = { { 'as', 'as' } }
local CHANGING = { { 'dry', 'flag' }, { 'by', 'by' }, { 'reason', 'reason' } }

local function spec_of(command)
  local taken, names = {}, {}
  for _, list in ipairs({ command.arguments or {}, command.changes and CHANGING or {}, COMMON }) do
    for _, argument in ipairs(list) do
      taken[argument[1]] = argument
      names[#names + 1] = argument[1] .. '='
    end
  end
  return taken, names
end

local function usage(name, command) return 'type: ' .. call(name, command.usage) end

local function parse_value(argument, text)
  local value, wanted = types[argument[2]](text)
  if not value then refuse('BAD_VALUE', argument[1] .. '=' .. quoted(text) .. ' does not fit; write ' .. wanted) end
  return value
end

-- words: as typed. The first argument of the command, and its lines, need no name.
local function parse(name, command, words)
  local taken, names = spec_of(command)
  local values = {}
  for at, word in ipairs(words) do
    local label = string.match(string.sub(word, 1, LABEL_BYTES_MAX), '^([^=%c ]+)=')
    local text = label and string.sub(word, #label + 2)
    local argument = label and taken[label]
    if not argument and command.lines and at == #words then argument, text = taken[command.lines], word end
    if not argument and not label and command.first and values[command.first] == nil then
      argument, text = taken[command.first], word
    end
    if #word > WORD_BYTES_MAX and not (argument and argument[1] == command.lines) then
      refuse('BAD_VALUE', quoted(word) .. ' has ' .. #word .. ' bytes; ' .. usage(name, command))
    end
    if not argument then
      if label then
        refuse('UNKNOWN_ARGUMENT', quoted(label .. '=') .. ' is none of cf_' .. name
          .. did_you_mean(label .. '=', names) .. '; ' .. usage(name, command))
      end
      refuse('UNKNOWN_ARGUMENT', quoted(word) .. ' has no name' .. did_you_mean(word, names) .. '; '
        .. usage(name, command))
    end
    if values[argument[1]] ~= nil then
      refuse('TWICE', argument[1] .. '= is given twice; ' .. usage(name, command))
    end
    values[argument[1]] = parse_value(argument, text)
  end
  for _, argument in ipairs(command.arguments or {}) do
    if argument.needed and values[argument[1]] == nil then
      refuse('MISSING', argument[1] .. '= is missing; ' .. usage(name, command))
    end
  end
  return values
end
