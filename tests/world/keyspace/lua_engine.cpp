#include "tests/world/keyspace/lua_engine.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include "tests/world/keyspace/lua_values.hpp"

namespace claimferry::world {

// On failure the message is what is pushed.
bool LuaEngine::push_chunk(const std::string& name, const std::string& source) {
  const auto known = chunks_.find(name);
  if (known != chunks_.end()) {
    lua_rawgeti(lua_.get(), LUA_REGISTRYINDEX, known->second);
    return true;
  }
  if (luaL_loadbuffer(lua_.get(), source.data(), source.size(), "@user_script") != 0) {
    return false;
  }
  lua_pushvalue(lua_.get(), -1);
  chunks_[name] = luaL_ref(lua_.get(), LUA_REGISTRYINDEX);
  return true;
}

// Past the guard on globals, as Redis itself sets KEYS and ARGV.
void LuaEngine::set_list(const char* name, const Arguments& items) {
  lua_pushstring(lua_.get(), name);
  push_list(lua_.get(), items);
  lua_rawset(lua_.get(), LUA_GLOBALSINDEX);
}

Reply LuaEngine::run(const std::string& name, const std::string& source, const Arguments& keys,
                     const Arguments& arguments) {
  set_list("KEYS", keys);
  set_list("ARGV", arguments);
  return push_chunk(name, source) ? lua_.call(0)
                                  : lua_.pop_message("Error compiling script (new function)");
}

}  // namespace claimferry::world
