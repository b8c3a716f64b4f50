// Between Lua's values and Redis' replies, by the conversions that Redis documents for RESP2.
#pragma once

#include "tests/world/keyspace/keyspace.hpp"

struct lua_State;

namespace claimferry::world {

// status: the reply is "+OK" and the like, which a script sees as a table {ok=…}.
void push_reply(lua_State* lua, const Reply& reply, bool status = false);
Reply pop_reply(lua_State* lua);
// What a script calls KEYS or ARGV.
void push_list(lua_State* lua, const Arguments& items);

}  // namespace claimferry::world
