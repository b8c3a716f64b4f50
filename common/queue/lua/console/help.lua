define('help', {
  usage = '[COMMAND]',
  summary = 'what there is to type; with a command, how',
  first = 'command',
  arguments = { { 'command', 'word' } },
  run = function(values)
    if not values.command then
      local rows = {}
      for at, name in ipairs(names_in_order) do rows[at] = { 'cf_' .. name, commands[name].summary } end
      return { columns = { 'COMMAND', 'DOES' }, rows = rows,
        note = 'more of one, for example: ' .. call('help', 'backfill') }
    end
    local name = string.gsub(values.command, '^cf_', '')
    local command = commands[name]
    if not command then
      refuse('UNKNOWN_COMMAND', quoted(name) .. ' is none' .. did_you_mean(name, names_in_order)
        .. '; list them: ' .. call('help', ''))
    end
    local fields = { { 'command', 'cf_' .. name }, { 'does', command.summary },
      { 'type', call(name, command.usage) } }
    if command.changes then
      fields[#fields + 1] = { 'also', 'dry=1 (changes nothing) by=NAME reason="why" as=json' }
    else
      fields[#fields + 1] = { 'also', 'as=json' }
    end
    fields[#fields + 1] = { 'example', command.example }
    return { fields = fields }
  end,
  reads_nothing = true,
  example = "redis-cli -e FCALL cf_help 1 'cf:{0}' pause",
})

define('version', {
  usage = '',
  summary = 'the library, and which writers Redis admits',
  run = function()
    local meta = redis.call('HMGET', key('meta'), 'schema', 'min_writer')
    return { fields = { { 'library', LIBRARY_VERSION }, { 'writer', WRITER },
      { 'schema', tonumber(meta[1] or SCHEMA) or meta[1] },
      { 'min_writer', tonumber(meta[2] or MIN_WRITER) or meta[2] } } }
  end,
  reads_nothing = true, -- that a newer release could have changed: it tells also then
  example = "redis-cli -e FCALL cf_version 1 'cf:{0}'",
})
