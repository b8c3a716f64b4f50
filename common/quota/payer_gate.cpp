#include "common/quota/payer_gate.hpp"

#include <algorithm>

namespace claimferry::quota {
namespace {

template <class T>
void raise(std::atomic<T>& value, T wanted) noexcept {
  T current = value.load();
  while (current < wanted && !value.compare_exchange_weak(current, wanted)) {
  }
}

}  // namespace

void PayerGate::block(SteadyTime until, std::uint64_t epoch) noexcept {
  raise(epoch_, epoch);
  raise(blocked_until_us_, std::int64_t{until.time_since_epoch().count()});
}

Duration PayerGate::remaining(SteadyTime now) const noexcept {
  const SteadyTime until{std::chrono::microseconds(blocked_until_us_.load())};
  return std::max(Duration::zero(), std::chrono::ceil<Duration>(until - now));
}

}  // namespace claimferry::quota
