// redis::Client: the port to Redis, at the level of one command. A connection over TCP or a unix
// socket in production, the in-memory keyspace in the simulated world.
#pragma once

#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/redis/reply.hpp"

namespace claimferry::redis {

using Command = std::vector<std::string>;

class Client {
 public:
  virtual ~Client() = default;
  // An error reply is a value (Reply::error()). A failure is always `local`. The command has not
  // run: redis_unreachable (also where no node serves the keys now), redis_refused (credentials,
  // database, certificate). It may or may not have run:
  // redis_timeout, redis_disconnected, redis_protocol. Commands of one client are pipelined and
  // answered in order.
  virtual awaitable<Result<Reply>> command(Command command) = 0;
  // For BLPOP and the like: a connection of its own, and a deadline beyond the command's own
  // timeout.
  virtual awaitable<Result<Reply>> blocking_command(Command command, Duration deadline) = 0;
};

}  // namespace claimferry::redis
