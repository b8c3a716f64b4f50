// LuaEngine: runs scripts as EVAL does, with KEYS and ARGV, each compiled once.
#pragma once

#include <string>
#include <unordered_map>

#include "tests/world/keyspace/lua_state.hpp"

namespace claimferry::world {

class LuaEngine {
 public:
  explicit LuaEngine(Keyspace& keys) : lua_(keys) {}

  // An error reply when the script does not compile, throws, or answers one. name: tells sources
  // apart, as a digest does; a source is compiled once a name.
  Reply run(const std::string& name, const std::string& source, const Arguments& keys,
            const Arguments& arguments);

 private:
  bool push_chunk(const std::string& name, const std::string& source);
  void set_list(const char* name, const Arguments& items);

  LuaState lua_;
  std::unordered_map<std::string, int> chunks_;  // name → reference in Lua's registry
};

}  // namespace claimferry::world
