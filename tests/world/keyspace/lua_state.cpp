#include "tests/world/keyspace/lua_state.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

#include "common/base/assert.hpp"
#include "tests/world/keyspace/lua_values.hpp"

namespace claimferry::world {
namespace {

int refuse_write(lua_State* lua) {
  return luaL_error(lua, "Attempt to modify a readonly table");
}

int refuse_read(lua_State* lua) {
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                    lua_tostring(lua, 2));
}

// Redis' own pcall: a thrown {err=…} arrives as its text.
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  const bool failed = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0) != 0;
  if (failed && lua_istable(lua, -1)) {
    lua_getfield(lua, -1, "err");
    if (lua_isstring(lua, -1) != 0) {
      lua_replace(lua, -2);
    } else {
      lua_pop(lua, 1);
    }
  }
  lua_pushboolean(lua, failed ? 0 : 1);
  lua_insert(lua, 1);
  return lua_gettop(lua);
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
  for (const char* name :
       {"dofile", "loadfile", "print", "require", "module", "newproxy", "getfenv", "setfenv"}) {
    lua_pushnil(lua);
    lua_setglobal(lua, name);
  }
  lua_register(lua, "pcall", protected_call);
}

}  // namespace

void guard_table(lua_State* lua) {
  lua_newtable(lua);
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_pushcfunction(lua, refuse_read);
  lua_setfield(lua, -2, "__index");
  lua_pushvalue(lua, -1);
  lua_setmetatable(lua, -3);
}

LuaState::LuaState(Keyspace& keys) : reach_{keys}, state_(luaL_newstate()) {
  CLAIMFERRY_ASSERT(state_ != nullptr);
  open_libraries(state_);
  push_redis_table(state_, reach_);
  lua_setglobal(state_, "redis");
  lua_pushvalue(state_, LUA_GLOBALSINDEX);
  guard_table(state_);
  lua_pop(state_, 2);
}

LuaState::~LuaState() {
  lua_close(state_);
}

Reply LuaState::call(int arguments) {
  return lua_pcall(state_, arguments, 1, 0) == 0 ? pop_reply(state_) : pop_thrown();
}

Reply LuaState::pop_thrown() {
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

Reply LuaState::pop_message(const std::string& what) {
  Reply reply{redis::Error{"ERR " + what + ": " + lua_tostring(state_, -1)}};
  lua_pop(state_, 1);
  return reply;
}

}  // namespace claimferry::world
