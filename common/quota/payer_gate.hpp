// PayerGate: what holds every shard of a process back from a payer: until when it asked for quiet,
// and what the fleet's breaker bars. A quiet has the number of its burst (epoch): permits of an
// earlier one are void. Lock-free: written and read by every shard and by whoever listens for the
// fleet's announcements.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/quota/breaker.hpp"

namespace claimferry::quota {

class PayerGate {
 public:
  // Keeps the later end and the larger epoch.
  void block(SteadyTime until, std::uint64_t epoch) noexcept;
  // Zero when open.
  Duration remaining(SteadyTime now) const noexcept;
  std::uint64_t epoch() const noexcept { return epoch_.load(); }
  BreakerNews& breaker() noexcept { return breaker_; }
  const BreakerNews& breaker() const noexcept { return breaker_; }

 private:
  std::atomic<std::int64_t> blocked_until_us_{0};
  std::atomic<std::uint64_t> epoch_{0};
  BreakerNews breaker_;
};

}  // namespace claimferry::quota
