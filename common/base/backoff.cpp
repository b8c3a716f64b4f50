#include "common/base/backoff.hpp"

#include <algorithm>

#include "common/base/assert.hpp"

namespace claimferry {

Duration Backoff::delay(unsigned failures, Random& random) const {
  CLAIMFERRY_ASSERT(failures >= 1 && base > Duration::zero() && cap >= floor);
  Duration ceiling = base;
  for (unsigned step = 1; step < failures && ceiling < cap; ++step) {
    ceiling *= 2;
  }
  ceiling = std::clamp(ceiling, floor, cap);
  const auto span = static_cast<std::uint64_t>((ceiling - floor).count());
  return floor + Duration(static_cast<Duration::rep>(random.below(span + 1)));
}

}  // namespace claimferry
