#include "tests/world/keyspace/lua_redis.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include <algorithm>

#include <openssl/sha.h>

#include "common/base/encoding.hpp"
#include "tests/world/keyspace/lua_values.hpp"

namespace claimferry::world {
namespace {

LuaReach& reach_of(lua_State* lua) {
  return *static_cast<LuaReach*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

struct Answer {
  Reply reply;
  bool status = false;
};

Answer failed_call(const char* why) {
  return {Reply{redis::Error{std::string("ERR ") + why}}};
}

// An empty one when an argument is neither a string nor a number.
Arguments command_on_stack(lua_State* lua) {
  Arguments command;
  for (int at = 1; at <= lua_gettop(lua); ++at) {
    if (lua_type(lua, at) == LUA_TNUMBER) {
      char number[64];
      const int length = std::snprintf(number, sizeof number, "%.17g", lua_tonumber(lua, at));
      command.emplace_back(number, static_cast<std::size_t>(length));
    } else if (lua_type(lua, at) == LUA_TSTRING) {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(lua, at, &size);
      command.emplace_back(bytes, size);
    } else {
      return {};
    }
  }
  return command;
}

// SET … GET answers the old value, not a status.
bool asks_for_the_old(const Arguments& command) {
  return std::any_of(command.begin() + 3, command.end(),
                     [](const std::string& word) { return upper(word) == "GET"; });
}

Answer call_from_lua(lua_State* lua) {
  if (lua_gettop(lua) == 0) {
    return failed_call("Please specify at least one argument for this redis lib call");
  }
  const Arguments command = command_on_stack(lua);
  if (command.empty()) {
    return failed_call("Lua redis lib command arguments must be strings or integers");
  }
  const CommandSpec* spec = Keyspace::find_command(command[0]);
  if (spec == nullptr) {
    return failed_call("Unknown Redis command called from script");
  }
  if (!spec->takes(command.size())) {
    return failed_call("Wrong number of args calling Redis command from script");
  }
  if (spec->not_from_scripts) {
    return failed_call("This Redis command is not allowed from script");
  }
  const LuaReach& reach = reach_of(lua);
  if (reach.only_reads && (!spec->only_reads || spec->may_replicate)) {
    return failed_call("Write commands are not allowed from read-only scripts.");
  }
  Reply reply = reach.keys.call(command);
  if (reply.error() != nullptr && reply.error()->text.starts_with("ERR wrong number of arg")) {
    return failed_call("Wrong number of args calling Redis command from script");
  }
  return {std::move(reply), spec->status && !(spec->may_get && asks_for_the_old(command))};
}

int redis_call(lua_State* lua) {
  // Lua's error leaves by longjmp: nothing with a destructor may be alive here then.
  bool failed = false;
  {
    const Answer answer = call_from_lua(lua);
    push_reply(lua, answer.reply, answer.status);
    failed = answer.reply.error() != nullptr;
  }
  return failed ? lua_error(lua) : 1;
}

int redis_pcall(lua_State* lua) {
  const Answer answer = call_from_lua(lua);
  push_reply(lua, answer.reply, answer.status);
  return 1;
}

bool has_one_string(lua_State* lua) {
  return lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING;
}

int push_field(lua_State* lua, const char* name, std::string_view value) {
  lua_newtable(lua);
  lua_pushlstring(lua, value.data(), value.size());
  lua_setfield(lua, -2, name);
  return 1;
}

std::string_view text_at(lua_State* lua, int at) {
  std::size_t size = 0;
  const char* bytes = lua_tolstring(lua, at, &size);
  return {bytes, size};
}

constexpr std::string_view wrong_arguments = "ERR wrong number or type of arguments";

// A text of one word gets the code ERR; a dash before the code is dropped.
int error_reply(lua_State* lua) {
  if (!has_one_string(lua)) {
    return push_field(lua, "err", wrong_arguments);
  }
  std::string_view given = lua_tostring(lua, 1);  // Redis, too, ends at the first NUL
  given.remove_prefix(given.starts_with('-') ? 1 : 0);
  const bool has_code = given.find(' ') != std::string_view::npos;
  return push_field(lua, "err", (has_code ? "" : "ERR ") + std::string(given));
}
int status_reply(lua_State* lua) {
  return has_one_string(lua) ? push_field(lua, "ok", text_at(lua, 1))
                             : push_field(lua, "err", wrong_arguments);
}

int sha1hex(lua_State* lua) {
  if (lua_gettop(lua) != 1) {
    return throw_error_table(lua, "wrong number of arguments");
  }
  const std::string_view bytes = text_at(lua, 1);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  const std::string hex = to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
  lua_pushlstring(lua, hex.data(), hex.size());
  return 1;
}

int log(lua_State* lua) {
  if (lua_gettop(lua) < 2) {
    return throw_error_table(lua, "redis.log() requires two arguments or more.");
  }
  return 0;
}

int refuse_field(lua_State* lua) {
  return luaL_error(lua, "Attempt to modify a readonly table");
}

int ignore(lua_State*) {
  return 0;
}

void add_function(lua_State* lua, const char* name, lua_CFunction function, LuaReach& reach) {
  lua_pushlightuserdata(lua, &reach);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

void add_number(lua_State* lua, const char* name, lua_Number number) {
  lua_pushnumber(lua, number);
  lua_setfield(lua, -2, name);
}

}  // namespace

int throw_error_table(lua_State* lua, const char* what) {
  lua_newtable(lua);
  lua_pushfstring(lua, "ERR %s", what);
  lua_setfield(lua, -2, "err");
  return lua_error(lua);
}

void add_log_and_version(lua_State* lua) {
  lua_pushcfunction(lua, log);
  lua_setfield(lua, -2, "log");
  lua_Number level = 0;
  for (const char* name : {"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"}) {
    add_number(lua, name, level++);
  }
  lua_pushstring(lua, "7.0.15");
  lua_setfield(lua, -2, "REDIS_VERSION");
  add_number(lua, "REDIS_VERSION_NUM", 0x07'00'0f);
}

void push_redis_table(lua_State* lua, LuaReach& reach) {
  lua_newtable(lua);
  add_log_and_version(lua);
  add_function(lua, "call", redis_call, reach);
  add_function(lua, "pcall", redis_pcall, reach);
  add_function(lua, "error_reply", error_reply, reach);
  add_function(lua, "status_reply", status_reply, reach);
  add_function(lua, "sha1hex", sha1hex, reach);
  add_function(lua, "set_repl", ignore, reach);
  add_number(lua, "REPL_NONE", 0);
  add_number(lua, "REPL_AOF", 1);
  add_number(lua, "REPL_SLAVE", 2);
  add_number(lua, "REPL_REPLICA", 2);
  add_number(lua, "REPL_ALL", 3);
  lua_newtable(lua);
  lua_pushcfunction(lua, refuse_field);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
}

}  // namespace claimferry::world
