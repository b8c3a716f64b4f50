// LuaEngine: runs the shipped scripts by liblua 5.1 on a Keyspace, with Redis' conversions between
// replies and Lua values. Only what Redis gives a script is there: no io, no os, no globals
// written.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "tests/world/keyspace/keyspace.hpp"

struct lua_State;

namespace claimferry::world {

class LuaEngine {
 public:
  explicit LuaEngine(Keyspace& keys);
  ~LuaEngine();
  LuaEngine(const LuaEngine&) = delete;
  LuaEngine& operator=(const LuaEngine&) = delete;

  // An error reply when the script does not compile, throws, or answers one. name: tells sources
  // apart, as a digest does; a source is compiled once a name.
  Reply run(const std::string& name, const std::string& source, const Arguments& keys,
            const Arguments& arguments);

 private:
  bool push_chunk(const std::string& name, const std::string& source);

  Keyspace& keys_;
  lua_State* state_;
  std::unordered_map<std::string, int> chunks_;  // name → reference in Lua's registry
};

}  // namespace claimferry::world
