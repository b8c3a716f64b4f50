#include "tests/world/keyspace/memory_subscriber.hpp"

#include <utility>

namespace claimferry::world {
namespace {

using Moment = MemoryRedis::Moment;

// Its subscriber may be gone before it.
struct Listening {
  MemoryRedisServer& server;
  MemoryRedis::Hook hook;
  std::shared_ptr<redis::Inbox> inbox;
};

awaitable<Result<void>> pass(Listening listening, Moment moment) {
  if (!listening.hook) {
    co_return Result<void>();
  }
  auto passed = co_await listening.hook(moment);
  co_return passed;
}
// The same, and it may have been closed meanwhile.
awaitable<Result<void>> pass_alive(Listening listening, Moment moment) {
  auto passed = co_await pass(listening, moment);
  if (passed && listening.inbox->ended()) {
    co_return *listening.inbox->ended();
  }
  co_return passed;
}

awaitable<Result<void>> subscribe(Listening listening, std::string channel) {
  if (listening.inbox->ended()) {
    co_return *listening.inbox->ended();
  }
  auto before = co_await pass_alive(listening, Moment::before);
  if (!before) {
    co_return before;
  }
  listening.server.keys().channels().subscribe(std::move(channel), listening.inbox);
  auto after = co_await pass_alive(listening, Moment::after);
  co_return after;
}

awaitable<Result<void>> run(Listening listening, std::string channel, std::function<void()> begun,
                            std::function<void(std::string_view)> heard) {
  auto subscribed = co_await subscribe(listening, std::move(channel));
  if (!subscribed) {
    co_return subscribed;
  }
  begun();
  redis::Inbox& inbox = *listening.inbox;
  while (!inbox.empty() || !inbox.ended()) {
    const bool goes_on = co_await inbox.wait();
    if (!goes_on) {
      co_return Failure{FailureKind::local, "redis_disconnected", "the wait was cut short"};
    }
    if (inbox.empty()) {
      continue;
    }
    auto arrived = co_await pass(listening, Moment::before);
    if (!arrived) {
      co_return arrived;
    }
    // None when it was closed on its way.
    if (const auto message = inbox.take()) {
      heard(*message);
    }
  }
  co_return *inbox.ended();
}

}  // namespace

awaitable<Result<void>> MemorySubscriber::listen(std::string channel, std::function<void()> begun,
                                                 std::function<void(std::string_view)> heard) {
  auto inbox = std::make_shared<redis::Inbox>(executor_);
  if (closed_) {
    inbox->close({FailureKind::local, "redis_unreachable", "this subscriber is closed"});
  }
  std::erase_if(listening_, [](const auto& one) { return one.expired(); });
  listening_.push_back(inbox);
  return run(Listening{server_, hook_, std::move(inbox)}, std::move(channel), std::move(begun),
             std::move(heard));
}

void MemorySubscriber::close() {
  closed_ = true;
  for (const auto& one : std::exchange(listening_, {})) {
    if (const auto inbox = one.lock()) {
      inbox->close({FailureKind::local, "redis_disconnected", "this subscriber was closed"});
    }
  }
}

}  // namespace claimferry::world
