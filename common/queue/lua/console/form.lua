-- What people read: moments, spans, aligned lines, JSON.
local function pad2(number) return string.format('%02d', number) end

-- The civil date of a day since 1970 (Howard Hinnant, chrono-compatible date algorithms).
local function civil(days)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (month <= 2 and 1 or 0), month, day
end
local function date_of(ms)
  local year, month, day = civil(math.floor(ms / DAY))
  return string.format('%04d', year) .. '-' .. pad2(month) .. '-' .. pad2(day)
end
local function moment(ms)
  ms = tonumber(ms)
  if not ms then return '-' end
  local second = math.floor(ms / 1000) % 86400
  return date_of(ms) .. 'T' .. pad2(math.floor(second / 3600)) .. ':' .. pad2(math.floor(second / 60) % 60)
    .. ':' .. pad2(second % 60) .. 'Z'
end

local UNITS = { { 'd', DAY }, { 'h', 3600000 }, { 'min', 60000 }, { 's', 1000 } }
local function span(ms)
  ms = math.max(0, ms)
  for at, unit in ipairs(UNITS) do
    if ms >= unit[2] or at == #UNITS then
      local text = math.floor(ms / unit[2]) .. ' ' .. unit[1]
      local finer = UNITS[at + 1]
      local rest = finer and math.floor(ms % unit[2] / finer[2]) or 0
      return rest > 0 and text .. ' ' .. rest .. ' ' .. finer[1] or text
    end
  end
end
local function ago(ms) return tonumber(ms) and span(now - tonumber(ms)) .. ' ago' or 'never' end
local function ahead(ms) return tonumber(ms) and span(tonumber(ms) - now) or '-' end

-- Raw writes may have left any byte in what we show: a terminal and a JSON parser get plain text.
local function legible(text) return (string.gsub(text, '[^%w%p ]', '?')) end

-- What somebody typed, fit to be repeated: short, printable, no quote of ours.
local function quoted(text)
  local short = string.sub(text, 1, 40)
  return '"' .. string.gsub(legible(short), '"', "'") .. (#text > 40 and '...' or '') .. '"'
end

-- Whole where it is whole, else to four digits.
local function numeral(number)
  return (number == math.floor(number) or number >= 1000) and whole(number) or string.format('%.4g', number)
end
local function json_text(text) return '"' .. string.gsub(legible(text), '["\\]', '\\%0') .. '"' end
local function json_value(value)
  if type(value) == 'number' then return numeral(value) end
  if type(value) == 'boolean' then return tostring(value) end
  return json_text(tostring(value))
end
local function json_object(pairs_in_order)
  local parts = {}
  for at, pair in ipairs(pairs_in_order) do parts[at] = json_text(pair[1]) .. ':' .. json_value(pair[2]) end
  return '{' .. table.concat(parts, ',') .. '}'
end

local function count_of(number, thing) return number .. ' ' .. thing .. (number == 1 and '' or 's') end

local function text_of(value)
  if value == true then return 'yes' end
  if value == false then return 'no' end
  return type(value) == 'number' and numeral(value) or legible(tostring(value))
end

-- rows of cells → lines whose columns stand under each other; the last is not padded.
local function aligned(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for at, cell in ipairs(row) do widths[at] = math.max(widths[at] or 0, #text_of(cell)) end
  end
  local lines = {}
  for number, row in ipairs(rows) do
    local cells = {}
    for at, cell in ipairs(row) do
      local text = text_of(cell)
      cells[at] = at < #row and text .. string.rep(' ', widths[at] - #text) or text
    end
    lines[number] = (string.gsub(table.concat(cells, '  '), ' +$', ''))
  end
  return lines
end

-- A command's result as it is answered. One of: {line, fields}, {fields}, {columns, rows, note}.
local function as_text(result)
  if result.line then return legible(result.line) end
  if result.fields then return aligned(result.fields) end
  local rows = { result.columns }
  for _, row in ipairs(result.rows) do rows[#rows + 1] = row end
  local lines = aligned(rows)
  if result.note then lines[#lines + 1] = result.note end
  return lines
end
-- "LAST SUCCESS" of a table, "last success" of a list: last_success.
local function json_name(name) return (string.gsub(string.lower(name), ' ', '_')) end
local function as_json(result)
  if result.fields then
    local named = {}
    for at, field in ipairs(result.fields) do named[at] = { json_name(field[1]), field[2] } end
    return json_object(named)
  end
  local objects = {}
  for number, row in ipairs(result.rows) do
    local named = {}
    for at, column in ipairs(result.columns) do named[at] = { json_name(column), row[at] } end
    objects[number] = json_object(named)
  end
  return '[' .. table.concat(objects, ',') .. ']'
end
