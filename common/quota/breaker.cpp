#include "common/quota/breaker.hpp"

#include <algorithm>

#include "common/base/assert.hpp"

namespace claimferry::quota {
namespace {

// change, barred, the next probe in milliseconds of the steady clock.
constexpr unsigned change_bits = 20;
constexpr unsigned barred_bits = 4;
constexpr unsigned time_bits = 64 - change_bits - barred_bits;
constexpr std::uint64_t change_mask = (std::uint64_t{1} << change_bits) - 1;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << time_bits) - 1;

std::uint64_t change_of(std::uint64_t packed) noexcept {
  return packed >> (barred_bits + time_bits);
}

// In the circle of the kept bits.
bool is_later(std::uint64_t change, std::uint64_t than) noexcept {
  return ((change - than) & change_mask) < (change_mask + 1) / 2;
}

std::uint64_t packed(const Breaker& breaker, SteadyTime now) noexcept {
  const auto next = std::chrono::ceil<Duration>(now.time_since_epoch()) + breaker.next_probe_in;
  const auto time = static_cast<std::uint64_t>(std::max<Duration::rep>(next.count(), 0));
  return ((breaker.change & change_mask) << (barred_bits + time_bits)) |
         (static_cast<std::uint64_t>(breaker.barred) << time_bits) | (time & time_mask);
}

}  // namespace

Barred barred_at(fhir::Endpoint endpoint) noexcept {
  switch (endpoint) {
    case fhir::Endpoint::token:
      return Barred::token;
    case fhir::Endpoint::patient:
      return Barred::patient;
    case fhir::Endpoint::coverage:
      return Barred::coverage;
    case fhir::Endpoint::eob:
      return Barred::eob;
  }
  CLAIMFERRY_ASSERT(false);
}

bool bars(Barred barred, fhir::Endpoint endpoint) noexcept {
  return barred == Barred::everything || barred == barred_at(endpoint);
}

void BreakerNews::note(const Breaker& breaker, SteadyTime now) noexcept {
  const std::uint64_t wanted = packed(breaker, now);
  const std::uint64_t change = change_of(wanted);
  std::uint64_t current = packed_.load();
  // The same change told again is the same: its time was reckoned at the first hearing.
  while (change != change_of(current) && is_later(change, change_of(current)) &&
         !packed_.compare_exchange_weak(current, wanted)) {
  }
}

void BreakerNews::renew(const Breaker& breaker, SteadyTime now) noexcept {
  const std::uint64_t wanted = packed(breaker, now);
  std::uint64_t current = packed_.load();
  while (change_of(wanted) != change_of(current) &&
         !packed_.compare_exchange_weak(current, wanted)) {
  }
}

BreakerNews::Heard BreakerNews::last() const noexcept {
  const std::uint64_t packed = packed_.load();
  const auto barred = static_cast<Barred>((packed >> time_bits) & ((1U << barred_bits) - 1));
  const auto time = Duration(static_cast<Duration::rep>(packed & time_mask));
  return {change_of(packed), barred, SteadyTime(time)};
}

}  // namespace claimferry::quota
