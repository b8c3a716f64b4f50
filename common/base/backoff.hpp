// How long to wait after the n-th failure in a row: exponential with full jitter, uniform in
// [floor, min(cap, base·2^n)]. Full jitter spreads a fleet's retries best (AWS Architecture Blog,
// "Exponential Backoff And Jitter").
#pragma once

#include "common/base/clock.hpp"
#include "common/base/random.hpp"

namespace claimferry {

struct Backoff {
  Duration base;
  Duration cap;
  Duration floor = Duration::zero();

  // failures: how many there were, the one just seen included; 1 or more.
  Duration delay(unsigned failures, Random& random) const;
};

}  // namespace claimferry
