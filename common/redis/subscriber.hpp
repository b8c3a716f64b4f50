// redis::Subscriber: the port to what is published on a channel of Redis. Nothing is kept for
// whoever does not listen: messages published between two listens are lost, so that a listener
// looks at the whole whenever it began. A connection in production, the in-memory keyspace in the
// simulated world.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"

namespace claimferry::redis {

class Subscriber {
 public:
  virtual ~Subscriber() = default;
  // Subscribes over a connection of its own, calls `begun` once the server confirmed it, then
  // `heard` for each message in order. Ends with a failure and never without, `local` as Client's
  // are: redis_unreachable, redis_refused (credentials, or the channel is not this user's),
  // redis_timeout (no sign of life), redis_disconnected, redis_protocol. Once it ended it calls
  // nothing any more; listening again, with backoff, is the caller's business.
  virtual awaitable<Result<void>> listen(std::string channel, std::function<void()> begun,
                                         std::function<void(std::string_view)> heard) = 0;
  // For good: every listen() ends, a later one at once. Nothing is called after this returned, also
  // when `begun` or `heard` is what closes. Destroying is closing.
  virtual void close() = 0;
};

}  // namespace claimferry::redis
