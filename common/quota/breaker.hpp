// The fleet's breaker of one payer, as Redis holds it and announces it, and what a process knows of
// it. While it bars, one request of the whole fleet asks at a time whether the trouble is over.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/base/clock.hpp"
#include "common/fhir/classify.hpp"

namespace claimferry::quota {

// What is barred. As stored: 0 nothing, 1 the whole payer, 2 and on one endpoint of it.
enum class Barred : std::uint8_t { nothing, everything, token, patient, coverage, eob };

Barred barred_at(fhir::Endpoint endpoint) noexcept;
bool bars(Barred barred, fhir::Endpoint endpoint) noexcept;

struct Breaker {
  std::uint64_t change = 0;  // counts its changes
  Barred barred = Barred::nothing;
  Duration next_probe_in = Duration::zero();
};

// What a process heard last. Written and read by every shard and by whoever listens: lock-free. A
// process that misses a change hears of it with the next permits, so that an older one never wins.
class BreakerNews {
 public:
  struct Heard {
    std::uint64_t change;  // of which the low bits are kept: enough to tell one from the next
    Barred barred;
    SteadyTime next_probe;
  };
  // What was announced: the later of two counts.
  void note(const Breaker& breaker, SteadyTime now) noexcept;
  // What Redis answered: that is how it stands, also where Redis forgot later changes.
  void renew(const Breaker& breaker, SteadyTime now) noexcept;
  Heard last() const noexcept;

 private:
  std::atomic<std::uint64_t> packed_{0};
};

}  // namespace claimferry::quota
