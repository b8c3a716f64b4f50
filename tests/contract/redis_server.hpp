// RedisServer: a real redis-server of one's own, in a private directory, on a unix socket and a
// free TCP port, run in the foreground. Killed and reaped when it goes, also when the test dies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/redis/endpoint.hpp"

namespace claimferry::contract {

class RedisServer {
 public:
  // Is redis-server on the PATH? Tests fail when it is not: skipped, they would look like passed.
  static bool available();

  // further_arguments: "--appendonly", "yes", … Without any, nothing is kept over a restart.
  explicit RedisServer(std::vector<std::string> further_arguments = {});
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  // Returns when it accepts connections; throws std::runtime_error with Redis' own words when not.
  void start();
  // SIGTERM (it saves what it is told to save) or SIGKILL, and reaps.
  void stop();
  void kill();
  void restart();
  bool running() const noexcept { return process_ > 0; }
  pid_t process() const noexcept { return process_; }

  // The same over restarts.
  redis::Endpoint endpoint() const;      // the unix socket
  redis::Endpoint tcp_endpoint() const;  // 127.0.0.1
  std::string url() const { return tcp_endpoint().str(); }
  const std::filesystem::path& directory() const noexcept { return directory_; }

 private:
  void end(int signal);
  std::vector<std::string> arguments() const;

  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  std::vector<std::string> further_arguments_;
  pid_t process_ = 0;
};

}  // namespace claimferry::contract

#define CLAIMFERRY_NEEDS_REDIS()                                                         \
  if (!::claimferry::contract::RedisServer::available()) {                               \
    GTEST_FAIL() << "redis-server is not installed; deploy/install-deps.sh installs it"; \
  }                                                                                      \
  static_assert(true)
