// LuaState: a liblua 5.1 as Redis 7 prepares it for scripts or functions. Only what Redis gives
// them is there: no io, no os; globals are neither written nor made up by reading them.
#pragma once

#include "tests/world/keyspace/lua_redis.hpp"

struct lua_State;

namespace claimferry::world {

class LuaState {
 public:
  explicit LuaState(Keyspace& keys);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  lua_State* get() const noexcept { return state_; }
  void allow_only_reads(bool only_reads) noexcept { reach_.only_reads = only_reads; }
  // Calls what stands on the stack below so many arguments; an error reply when it throws.
  Reply call(int arguments);
  // "ERR <what>: <the message on top>", which is popped.
  Reply pop_message(const std::string& what);

 private:
  Reply pop_thrown();

  LuaReach reach_;
  lua_State* state_;
};

// Sets a metatable on the table on top that refuses to write a new field and to read a missing
// one. Leaves the metatable on top of the table.
void guard_table(lua_State* lua);

}  // namespace claimferry::world
