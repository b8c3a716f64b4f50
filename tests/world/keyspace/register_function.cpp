#include "tests/world/keyspace/register_function.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/world/keyspace/keyspace.hpp"
#include "tests/world/keyspace/library_header.hpp"
#include "tests/world/keyspace/lua_redis.hpp"

namespace claimferry::world {
namespace {

using Problem = const char*;  // Redis' words; null: none

// In the order in which FUNCTION LIST prints them.
constexpr auto flags_known = std::to_array<std::string_view>(
    {"no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"});

// A number is a string, too, as Lua sees it.
std::optional<std::string> text_at(lua_State* lua, int at) {
  std::size_t size = 0;
  const char* bytes = lua_isstring(lua, at) != 0 ? lua_tolstring(lua, at, &size) : nullptr;
  return bytes == nullptr ? std::nullopt : std::optional(std::string(bytes, size));
}

void keep_callback(lua_State* lua, int at, LibraryFunction& function) {
  lua_pushvalue(lua, at);
  function.callback = luaL_ref(lua, LUA_REGISTRYINDEX);
}

Problem read_flags(lua_State* lua, LibraryFunction& function) {
  std::array<bool, flags_known.size()> given{};
  for (int at = 1;; ++at) {
    lua_rawgeti(lua, -1, at);
    const bool at_end = lua_isnil(lua, -1);
    const std::string flag = lower(text_at(lua, -1).value_or(""));
    lua_pop(lua, 1);
    if (at_end) {
      break;
    }
    const auto found = std::ranges::find(flags_known, flag);
    if (found == flags_known.end()) {
      return "unknown flag given";
    }
    given[static_cast<std::size_t>(found - flags_known.begin())] = true;
  }
  for (std::size_t flag = 0; flag < given.size(); ++flag) {
    if (given[flag]) {
      function.flags.emplace_back(flags_known[flag]);
    }
  }
  function.only_reads = given[0];
  return nullptr;
}

// The value of one named argument, on top.
Problem read_named(lua_State* lua, const std::string& key, LibraryFunction& function) {
  if (key == "function_name") {
    const auto name = text_at(lua, -1);
    function.name = name.value_or("");
    return name ? nullptr
                : "function_name argument given to redis.register_function must be a string";
  }
  if (key == "description") {
    function.description = text_at(lua, -1);
    return function.description
               ? nullptr
               : "description argument given to redis.register_function must be a string";
  }
  if (key == "callback") {
    if (!lua_isfunction(lua, -1)) {
      return "callback argument given to redis.register_function must be a function";
    }
    keep_callback(lua, -1, function);
    return nullptr;
  }
  if (key == "flags") {
    return lua_istable(lua, -1)
               ? read_flags(lua, function)
               : "flags argument to redis.register_function must be a table representing function "
                 "flags";
  }
  return "unknown argument given to redis.register_function";
}

Problem read_table(lua_State* lua, LibraryFunction& function) {
  bool named = false;
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    // A key that is no string must not be converted: lua_next would lose its place.
    const bool is_text = lua_type(lua, -2) == LUA_TSTRING;
    const std::string key = is_text ? lower(lua_tostring(lua, -2)) : "";
    if (const Problem problem = read_named(lua, key, function)) {
      return problem;
    }
    named = named || key == "function_name";
    lua_pop(lua, 1);
  }
  if (!named) {
    return "redis.register_function must get a function name argument";
  }
  return function.callback == 0 ? "redis.register_function must get a callback argument" : nullptr;
}

Problem read_pair(lua_State* lua, LibraryFunction& function) {
  const auto name = text_at(lua, 1);
  if (!name) {
    return "first argument to redis.register_function must be a string";
  }
  if (!lua_isfunction(lua, 2)) {
    return "second argument to redis.register_function must be a function";
  }
  function.name = *name;
  keep_callback(lua, 2, function);
  return nullptr;
}

Problem read(lua_State* lua, LibraryFunction& function) {
  const int arguments = lua_gettop(lua);
  if (arguments < 1 || arguments > 2) {
    return "wrong number of arguments to redis.register_function";
  }
  if (arguments == 2) {
    return read_pair(lua, function);
  }
  return lua_istable(lua, 1) ? read_table(lua, function)
                             : "calling redis.register_function with a single argument is only "
                               "applicable to Lua table (representing named arguments).";
}

Problem register_in(lua_State* lua, LibraryFunctions* loading) {
  if (loading == nullptr) {
    return "redis.register_function can only be called on FUNCTION LOAD command";
  }
  LibraryFunction function;
  if (const Problem problem = read(lua, function)) {
    return problem;
  }
  if (!is_library_name(function.name)) {
    return bad_library_name;
  }
  const bool is_new = loading->try_emplace(lower(function.name), function).second;
  return is_new ? nullptr : "Function already exists in the library";
}

int register_function(lua_State* lua) {
  auto* loading = *static_cast<LibraryFunctions**>(lua_touserdata(lua, lua_upvalueindex(1)));
  // Lua's error leaves by longjmp: nothing with a destructor may be alive here then.
  const Problem problem = register_in(lua, loading);
  return problem == nullptr ? 0 : throw_error_table(lua, problem);
}

}  // namespace

void push_register_function(lua_State* lua, LibraryFunctions*& loading) {
  lua_pushlightuserdata(lua, &loading);
  lua_pushcclosure(lua, register_function, 1);
}

}  // namespace claimferry::world
