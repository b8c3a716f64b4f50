#include "tests/world/keyspace/function_libraries.hpp"

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#include "tests/world/keyspace/library_header.hpp"
#include "tests/world/keyspace/lua_values.hpp"

namespace claimferry::world {

FunctionLibraries::FunctionLibraries(Keyspace& keys) : lua_(keys) {
  lua_State* lua = lua_.get();
  lua_newtable(lua);
  guard_table(lua);
  environment_meta_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  environment_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  lua_newtable(lua);
  lua_newtable(lua);
  add_log_and_version(lua);
  push_register_function(lua, loading_);
  lua_setfield(lua, -2, "register_function");
  guard_table(lua);
  lua_pop(lua, 1);
  lua_setfield(lua, -2, "redis");
  guard_table(lua);
  lua_pop(lua, 1);
  while_loading_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  set_environment(0);
}

void FunctionLibraries::push_from_registry(int reference) {
  lua_rawgeti(lua_.get(), LUA_REGISTRYINDEX, reference);
}

// 0: all globals.
void FunctionLibraries::set_environment(int reference) {
  push_from_registry(environment_meta_);
  if (reference == 0) {
    lua_pushvalue(lua_.get(), LUA_GLOBALSINDEX);
  } else {
    push_from_registry(reference);
  }
  lua_setfield(lua_.get(), -2, "__index");
  lua_pop(lua_.get(), 1);
}

// Throws CommandError. What was registered until then is in `functions`.
void FunctionLibraries::run_chunk(std::string_view body, LibraryFunctions& functions) {
  if (luaL_loadbuffer(lua_.get(), body.data(), body.size(), "@user_function") != 0) {
    throw CommandError{lua_.pop_message("Error compiling function").error()->text};
  }
  push_from_registry(environment_);
  lua_setfenv(lua_.get(), -2);
  set_environment(while_loading_);
  loading_ = &functions;
  const Reply result = lua_.call(0);
  loading_ = nullptr;
  set_environment(0);
  if (result.error() != nullptr) {
    throw CommandError{"ERR Error registering functions: " + result.error()->text};
  }
  if (functions.empty()) {
    throw CommandError{"ERR No functions registered"};
  }
}

void FunctionLibraries::release(const LibraryFunctions& functions) {
  for (const auto& [name, function] : functions) {
    luaL_unref(lua_.get(), LUA_REGISTRYINDEX, function.callback);
  }
}

const LibraryFunction* FunctionLibraries::taken_elsewhere(const std::string& library,
                                                          const LibraryFunctions& functions) const {
  for (const auto& [name, function] : functions) {
    for (const auto& [other, held] : libraries_) {
      if (other != library && held.functions.contains(name)) {
        return &function;
      }
    }
  }
  return nullptr;
}

Reply FunctionLibraries::load(const std::string& code, bool replace) {
  FunctionLibrary library{code, {}};
  try {
    const std::string name = library_header(code).name;
    if (!replace && libraries_.contains(name)) {
      throw CommandError{"ERR Library '" + name + "' already exists"};
    }
    const std::string edited = edit_ ? edit_(code) : code;
    run_chunk(library_header(edited).body, library.functions);
    if (const auto* taken = taken_elsewhere(name, library.functions)) {
      throw CommandError{"ERR Function " + taken->name + " already exists"};
    }
    remove(name);
    libraries_.emplace(name, std::move(library));
    return text(name);
  } catch (const CommandError& failed) {
    release(library.functions);
    return Reply{redis::Error{failed.text}};
  }
}

bool FunctionLibraries::remove(const std::string& name) {
  const auto found = libraries_.find(name);
  if (found == libraries_.end()) {
    return false;
  }
  release(found->second.functions);
  libraries_.erase(found);
  return true;
}

void FunctionLibraries::clear() {
  while (!libraries_.empty()) {
    remove(libraries_.begin()->first);
  }
}

void FunctionLibraries::restart() {
  const Libraries saved = libraries_;
  clear();
  for (const auto& [name, library] : saved) {
    load(library.code, false);
  }
}

const LibraryFunction* FunctionLibraries::find(const std::string& name) const {
  const std::string key = lower(name);
  for (const auto& [library, held] : libraries_) {
    const auto found = held.functions.find(key);
    if (found != held.functions.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

Reply FunctionLibraries::call(const LibraryFunction& function, const Arguments& keys,
                              const Arguments& arguments) {
  push_from_registry(function.callback);
  push_list(lua_.get(), keys);
  push_list(lua_.get(), arguments);
  lua_.allow_only_reads(function.only_reads);
  return lua_.call(2);
}

}  // namespace claimferry::world
