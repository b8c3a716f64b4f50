#include "scheduler/leadership.hpp"

#include <algorithm>

namespace claimferry::scheduler {
namespace {

// Of the lease: three tries fit into it.
constexpr int asks_a_lease = 4;
constexpr Duration shortest_look = std::chrono::milliseconds(20);

}  // namespace

awaitable<Result<bool>> Leadership::keep() {
  const SteadyTime now = clock_.steady();
  if (leads() && now < asked_ + options_.lease / asks_a_lease) {
    co_return true;
  }
  auto reply = co_await upkeep_.lead(options_.holder, options_.lease, options_.interval);
  if (!reply) {
    tell(leads());
    co_return std::move(reply.failure());
  }
  if (reply->term.empty()) {
    until_ = SteadyTime{};
    next_look_ = std::clamp(reply->left, shortest_look, options_.lease / asks_a_lease);
  } else {
    asked_ = now;
    until_ = now + options_.lease;
    term_ = std::move(reply->term);
    next_look_ = Duration::zero();
  }
  tell(leads());
  co_return leads();
}

void Leadership::lost() {
  until_ = SteadyTime{};
  next_look_ = shortest_look;
  tell(false);
}

awaitable<void> Leadership::resign() {
  if (!leads()) {
    co_return;
  }
  until_ = SteadyTime{};
  // Should it fail, the lease ends by itself.
  static_cast<void>(co_await upkeep_.resign(options_.holder));
  tell(false);
}

void Leadership::tell(bool leading) {
  if (leading != told_leading_) {
    told_leading_ = leading;
    observer_.on(telemetry::ProcessEvent{leading ? "leading" : "following", ""});
  }
}

}  // namespace claimferry::scheduler
