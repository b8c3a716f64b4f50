// MemorySubscriber: redis::Subscriber at a MemoryRedisServer, for the simulated world. It waits for
// what is published and for nothing else: neither clock nor timer wakes it.
#pragma once

#include <memory>
#include <vector>

#include "common/redis/inbox.hpp"
#include "common/redis/subscriber.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::world {

class MemorySubscriber final : public redis::Subscriber {
 public:
  // hook: awaited before and after the subscribing, as around any command, and before each message
  // is heard. A failure that it answers ends listen(), and what was not heard is lost with it.
  MemorySubscriber(Executor executor, MemoryRedisServer& server, MemoryRedis::Hook hook = {})
      : executor_(std::move(executor)), server_(server), hook_(std::move(hook)) {}
  MemorySubscriber(const MemorySubscriber&) = delete;
  MemorySubscriber& operator=(const MemorySubscriber&) = delete;
  ~MemorySubscriber() override { close(); }

  awaitable<Result<void>> listen(std::string channel, std::function<void()> begun,
                                 std::function<void(std::string_view)> heard) override;
  void close() override;

 private:
  const Executor executor_;
  MemoryRedisServer& server_;
  const MemoryRedis::Hook hook_;
  bool closed_ = false;
  std::vector<std::weak_ptr<redis::Inbox>> listening_;  // each is held by its coroutine alone
};

}  // namespace claimferry::world
