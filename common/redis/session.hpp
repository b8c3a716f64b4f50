// Session: one connection for a conversation whose commands belong together (WATCH … MULTI … EXEC).
// Every command goes over that same connection or fails: it never reconnects, so that a transaction
// cannot lose its WATCH unnoticed. Opening another and beginning again is the caller's business.
#pragma once

#include <memory>
#include <string>

#include "common/base/limits.hpp"
#include "common/redis/client.hpp"
#include "common/redis/endpoint.hpp"

namespace claimferry::redis {

class Link;

// Used on its executor's thread only.
class Session {
 public:
  // Connects and greets, once. deadline: of connecting in all, and of each command that names none.
  // Failures are those of Client: redis_unreachable, redis_refused, …
  static awaitable<Result<Session>> open(Executor executor, Endpoint endpoint,
                                         Duration deadline = limits::redis_command_deadline);

  Session(Session&& other) noexcept = default;
  Session& operator=(Session&& other) noexcept;
  // Ends the connection. A command under way fails with redis_disconnected or redis_unreachable;
  // its coroutine touches nothing of this.
  ~Session();

  bool alive() const noexcept;

  // An error reply is a value, as Client's is; that the node no longer serves the keys (MOVED,
  // READONLY, …) is a failure. The first failure is the last: it ends the
  // connection, and every further command fails with redis_unreachable and is not sent.
  awaitable<Result<Reply>> command(Command command);
  awaitable<Result<Reply>> command(Command command, Duration deadline);

 private:
  Session(std::shared_ptr<Link> link, std::string where, Duration deadline);
  static awaitable<Result<Reply>> run(std::shared_ptr<Link> link, std::string where,
                                      Command command, Duration deadline);
  void end() noexcept;

  std::shared_ptr<Link> link_;  // null once moved from
  std::string where_;           // the endpoint as failures name it
  Duration deadline_;
};

}  // namespace claimferry::redis
