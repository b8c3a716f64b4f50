-- Ends the function library: each command becomes cf_<name>, called with no key or with the root.
local ROOT = 'cf:{0}'

-- While a library is loaded there is no `ipairs` yet.
for at = 1, #names_in_order do
  local name = names_in_order[at]
  local changes = commands[name].changes
  redis.register_function({
    function_name = 'cf_' .. name,
    description = commands[name].summary,
    flags = changes and {} or { 'no-writes' },
    callback = function(keys, words)
      if #keys > 1 or (keys[1] and keys[1] ~= ROOT) then
        return redis.error_reply("BAD_KEY the one key is '" .. ROOT .. "'; type: FCALL cf_" .. name .. " 1 '"
          .. ROOT .. "' " .. commands[name].usage)
      end
      begin(ROOT)
      adds_only = true
      return run_command(name, words, whole(now_us))
    end,
  })
end
