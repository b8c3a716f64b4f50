// MemoryRedis: redis::Client over a Keyspace, scripts and function libraries, for the simulated
// world. Faults come in through a hook, before or after a command takes effect.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "common/redis/client.hpp"
#include "tests/world/keyspace/function_libraries.hpp"
#include "tests/world/keyspace/lua_engine.hpp"

namespace claimferry::world {

// The server: shared by every MemoryRedis of a world.
class MemoryRedisServer {
 public:
  explicit MemoryRedisServer(Keyspace::Now now)
      : keys_(std::move(now)), lua_(keys_), libraries_(keys_) {}
  // older: the scripts are those of another release, as an Edit makes them of this one's.
  Reply execute(const redis::Command& command, const FunctionLibraries::Edit& older = {});
  Keyspace& keys() noexcept { return keys_; }
  void lose_scripts() { scripts_.clear(); }
  // A new process on the old data: libraries are stored with the data, scripts are not, and every
  // subscription has ended.
  void restart();
  // The same, and nothing is left, neither data nor libraries.
  void wipe();
  // Runs another text in a script's or library's place, for tests that plant a bug: what it
  // answers is what runs under the name of what it was given. Before any is loaded.
  using Edit = FunctionLibraries::Edit;
  void edit_scripts(Edit edit);

 private:
  Reply evaluate(const redis::Command& command, const std::string& sha1,
                 const FunctionLibraries::Edit& older);
  std::string load(const std::string& source);
  void disconnect_subscribers();
  std::optional<Reply> execute_script(const std::string& name, const redis::Command& command,
                                      const FunctionLibraries::Edit& older);

  Keyspace keys_;
  LuaEngine lua_;
  FunctionLibraries libraries_;
  Edit edit_;
  std::map<std::string, std::string> scripts_;  // by SHA-1
};

class MemoryRedis final : public redis::Client {
 public:
  enum class Moment { before, after };
  // Awaited around each command; a failure it answers is what the caller gets. Before: the command
  // has no effect. After: it had, and only the answer is lost.
  using Hook = std::function<awaitable<Result<void>>(Moment)>;

  explicit MemoryRedis(MemoryRedisServer& server, Hook hook = {},
                       MemoryRedisServer::Edit older = {})
      : server_(server), hook_(std::move(hook)), older_(std::move(older)) {}
  awaitable<Result<Reply>> command(redis::Command command) override;
  awaitable<Result<Reply>> blocking_command(redis::Command command, Duration deadline) override;

 private:
  MemoryRedisServer& server_;
  Hook hook_;
  MemoryRedisServer::Edit older_;
};

}  // namespace claimferry::world
