// FunctionLibraries: Redis 7's function libraries on a Keyspace. While a library is loaded it sees
// nothing but `redis` with register_function, log and the version; its functions, when they are
// called, see all that scripts see except KEYS and ARGV.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/world/keyspace/lua_state.hpp"
#include "tests/world/keyspace/register_function.hpp"

namespace claimferry::world {

struct FunctionLibrary {
  std::string code;  // as it was given
  LibraryFunctions functions;
};

class FunctionLibraries {
 public:
  using Libraries = std::map<std::string, FunctionLibrary>;
  // Another code in place of the one that is given, for tests that plant a bug.
  using Edit = std::function<std::string(std::string code)>;

  explicit FunctionLibraries(Keyspace& keys);
  FunctionLibraries(const FunctionLibraries&) = delete;
  FunctionLibraries& operator=(const FunctionLibraries&) = delete;

  void edit_code(Edit edit) { edit_ = std::move(edit); }
  // The library's name, or an error; then all is as it was.
  Reply load(const std::string& code, bool replace);
  bool remove(const std::string& name);
  void clear();
  // What a new process does: the libraries are there, what their chunks remembered is not.
  void restart();
  const Libraries& all() const noexcept { return libraries_; }

  const LibraryFunction* find(const std::string& name) const;
  Reply call(const LibraryFunction& function, const Arguments& keys, const Arguments& arguments);

 private:
  void run_chunk(std::string_view body, LibraryFunctions& functions);
  void release(const LibraryFunctions& functions);
  const LibraryFunction* taken_elsewhere(const std::string& library,
                                         const LibraryFunctions& functions) const;
  void push_from_registry(int reference);
  void set_environment(int reference);

  LuaState lua_;
  Edit edit_;
  Libraries libraries_;
  LibraryFunctions* loading_ = nullptr;  // what register_function adds to
  // References in Lua's registry: the globals of every library's code, the metatable that says
  // what is read through them, and what that is while a library is loaded.
  int environment_ = 0;
  int environment_meta_ = 0;
  int while_loading_ = 0;
};

}  // namespace claimferry::world
