// The table `redis` of scripts and functions: call and pcall on a Keyspace, replies, digests.
#pragma once

#include "tests/world/keyspace/keyspace.hpp"

struct lua_State;

namespace claimferry::world {

// What Lua may reach now. The state that holds the table refers to it.
struct LuaReach {
  Keyspace& keys;
  bool only_reads = false;  // a function with the flag no-writes runs
};

void push_redis_table(lua_State* lua, LuaReach& reach);
// What is in every table that Redis calls `redis`, also while a library is loaded: the log, the
// version. Sets them in the table on top.
void add_log_and_version(lua_State* lua);
// Throws {err="ERR …"}, as Redis' own C functions do: no place in it.
int throw_error_table(lua_State* lua, const char* what);

}  // namespace claimferry::world
