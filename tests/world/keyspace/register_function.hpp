// redis.register_function: what a library calls while it is loaded, in both of its forms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

struct lua_State;

namespace claimferry::world {

struct LibraryFunction {
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> flags;
  bool only_reads = false;  // the flag no-writes
  int callback = 0;         // reference in Lua's registry
};
using LibraryFunctions = std::map<std::string, LibraryFunction>;  // by lower-case name

// Pushes the function; it registers in `*loading`, and throws while that is null.
void push_register_function(lua_State* lua, LibraryFunctions*& loading);

}  // namespace claimferry::world
