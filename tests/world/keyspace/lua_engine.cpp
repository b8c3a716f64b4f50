#include "tests/world/keyspace/lua_engine.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include <openssl/sha.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::world {
namespace {

constexpr int conversion_depth_max = 64;

// status: the reply is "+OK" and the like, which a script sees as a table {ok=…}.
void push_reply(lua_State* lua, const Reply& reply, bool status = false) {
  luaL_checkstack(lua, 4, "reply too deep");
  if (reply.is_nil()) {
    lua_pushboolean(lua, 0);
  } else if (const auto* number = reply.integer()) {
    lua_pushnumber(lua, static_cast<lua_Number>(*number));
  } else if (const auto* bytes = reply.text()) {
    if (status) {
      lua_newtable(lua);
    }
    lua_pushlstring(lua, bytes->data(), bytes->size());
    if (status) {
      lua_setfield(lua, -2, "ok");
    }
  } else if (const auto* failed = reply.error()) {
    lua_newtable(lua);
    lua_pushlstring(lua, failed->text.data(), failed->text.size());
    lua_setfield(lua, -2, "err");
  } else {
    lua_newtable(lua);
    int at = 0;
    for (const Reply& item : *reply.array()) {
      push_reply(lua, item);
      lua_rawseti(lua, -2, ++at);
    }
  }
}

bool field_text(lua_State* lua, const char* name, std::string& out) {
  lua_getfield(lua, -1, name);
  const bool found = lua_type(lua, -1) == LUA_TSTRING;
  if (found) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(lua, -1, &size);
    out.assign(bytes, size);
  }
  lua_pop(lua, 1);
  return found;
}

Reply pop_reply(lua_State* lua, int depth = 0);

Reply table_reply(lua_State* lua, int depth) {
  std::string held;
  if (field_text(lua, "err", held)) {
    return Reply{redis::Error{held}};
  }
  if (field_text(lua, "ok", held)) {
    return text(held);
  }
  // An array ends at its first nil, as in Redis.
  Reply::Array items;
  for (int at = 1;; ++at) {
    lua_rawgeti(lua, -1, at);
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      break;
    }
    items.push_back(pop_reply(lua, depth + 1));
  }
  return Reply{std::move(items)};
}

Reply pop_reply(lua_State* lua, int depth) {
  CLAIMFERRY_ASSERT(depth < conversion_depth_max);
  Reply reply;
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(lua, -1, &size);
      reply = text(std::string(bytes, size));
      break;
    }
    case LUA_TNUMBER:
      reply = integer(static_cast<std::int64_t>(lua_tonumber(lua, -1)));
      break;
    case LUA_TBOOLEAN:
      reply = lua_toboolean(lua, -1) != 0 ? integer(1) : Reply{};
      break;
    case LUA_TTABLE:
      reply = table_reply(lua, depth);
      break;
    default:
      break;
  }
  lua_pop(lua, 1);
  return reply;
}

Keyspace& keyspace_of(lua_State* lua) {
  return *static_cast<Keyspace*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

struct Answer {
  Reply reply;
  bool status = false;
};

Answer failed_call(const char* why) {
  return {Reply{redis::Error{std::string("ERR ") + why}}};
}

Answer call_from_lua(lua_State* lua) {
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
      return failed_call("Lua redis lib command arguments must be strings or integers");
    }
  }
  if (command.empty()) {
    return failed_call("Please specify at least one argument for this redis.call() call");
  }
  const CommandSpec* spec = Keyspace::find_command(command[0]);
  if (spec == nullptr) {
    return failed_call("Unknown Redis command called from script");
  }
  Reply reply = keyspace_of(lua).call(command);
  if (reply.error() != nullptr && reply.error()->text.starts_with("ERR wrong number of arg")) {
    return failed_call("Wrong number of args calling Redis command from script");
  }
  return {std::move(reply), spec->status};
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

int one_field(lua_State* lua, const char* name) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(lua, 1, &size);
  lua_newtable(lua);
  lua_pushlstring(lua, bytes, size);
  lua_setfield(lua, -2, name);
  return 1;
}
int error_reply(lua_State* lua) {
  return one_field(lua, "err");
}
int status_reply(lua_State* lua) {
  return one_field(lua, "ok");
}

int sha1hex(lua_State* lua) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(lua, 1, &size);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(bytes), size, digest);
  const std::string hex = to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
  lua_pushlstring(lua, hex.data(), hex.size());
  return 1;
}

int ignore(lua_State*) {
  return 0;
}

int refuse_global(lua_State* lua) {
  return luaL_error(lua, "Attempt to modify a readonly table or a global: '%s'",
                    lua_tostring(lua, 2));
}

void add_function(lua_State* lua, const char* name, lua_CFunction function, Keyspace& keys) {
  lua_pushlightuserdata(lua, &keys);
  lua_pushcclosure(lua, function, 1);
  lua_setfield(lua, -2, name);
}

void open_libraries(lua_State* lua) {
  const luaL_Reg libraries[] = {{"", luaopen_base},
                                {"table", luaopen_table},
                                {"string", luaopen_string},
                                {"math", luaopen_math}};
  for (const luaL_Reg& library : libraries) {
    lua_pushcfunction(lua, library.func);
    lua_pushstring(lua, library.name);
    lua_call(lua, 1, 0);
  }
  for (const char* name : {"dofile", "loadfile", "print", "require", "module"}) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
}

void set_list(lua_State* lua, const char* name, const Arguments& items) {
  lua_newtable(lua);
  int at = 0;
  for (const std::string& item : items) {
    lua_pushlstring(lua, item.data(), item.size());
    lua_rawseti(lua, -2, ++at);
  }
  // Past the guard on globals, as Redis itself sets KEYS and ARGV.
  lua_pushstring(lua, name);
  lua_insert(lua, -2);
  lua_rawset(lua, LUA_GLOBALSINDEX);
}

}  // namespace

LuaEngine::LuaEngine(Keyspace& keys) : keys_(keys), state_(luaL_newstate()) {
  CLAIMFERRY_ASSERT(state_ != nullptr);
  open_libraries(state_);
  lua_newtable(state_);
  add_function(state_, "call", redis_call, keys_);
  add_function(state_, "pcall", redis_pcall, keys_);
  add_function(state_, "error_reply", error_reply, keys_);
  add_function(state_, "status_reply", status_reply, keys_);
  add_function(state_, "sha1hex", sha1hex, keys_);
  add_function(state_, "log", ignore, keys_);
  add_function(state_, "set_repl", ignore, keys_);
  for (const char* level : {"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"}) {
    lua_pushnumber(state_, 0);
    lua_setfield(state_, -2, level);
  }
  lua_setglobal(state_, "redis");
  // A script that writes a global by mistake is an error in Redis, so it is one here.
  lua_newtable(state_);
  lua_pushcfunction(state_, refuse_global);
  lua_setfield(state_, -2, "__newindex");
  lua_pushvalue(state_, LUA_GLOBALSINDEX);
  lua_insert(state_, -2);
  lua_setmetatable(state_, -2);
  lua_pop(state_, 1);
}

LuaEngine::~LuaEngine() {
  lua_close(state_);
}

// Compiled once a source, as Redis does. On failure the message is what is pushed.
bool LuaEngine::push_chunk(const std::string& name, const std::string& source) {
  const auto known = chunks_.find(name);
  if (known != chunks_.end()) {
    lua_rawgeti(state_, LUA_REGISTRYINDEX, known->second);
    return true;
  }
  if (luaL_loadbuffer(state_, source.data(), source.size(), "=script") != 0) {
    return false;
  }
  lua_pushvalue(state_, -1);
  chunks_[name] = luaL_ref(state_, LUA_REGISTRYINDEX);
  return true;
}

Reply LuaEngine::run(const std::string& name, const std::string& source, const Arguments& keys,
                     const Arguments& arguments) {
  set_list(state_, "KEYS", keys);
  set_list(state_, "ARGV", arguments);
  const bool failed = !push_chunk(name, source) || lua_pcall(state_, 0, 1, 0) != 0;
  if (!failed) {
    return pop_reply(state_);
  }
  if (lua_istable(state_, -1)) {
    return pop_reply(state_);  // {err=…} thrown by redis.call or by error({err=…})
  }
  // Whatever else was thrown, as Lua's tostring() says it.
  lua_getglobal(state_, "tostring");
  lua_insert(state_, -2);
  lua_call(state_, 1, 1);
  Reply reply{redis::Error{std::string("ERR ") + lua_tostring(state_, -1)}};
  lua_pop(state_, 1);
  return reply;
}

}  // namespace claimferry::world
