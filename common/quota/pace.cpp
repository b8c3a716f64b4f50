#include "common/quota/pace.hpp"

#include <algorithm>

namespace claimferry::quota {
namespace {

// What the payer grants lasts for so many seconds at our rate.
constexpr double long_window_seconds = 5;
// Of the limit: below it we slow down.
constexpr double near_the_wall = 0.03;

}  // namespace

unsigned pace_for(const RateHint& hint, double rate) noexcept {
  const auto limit = static_cast<double>(hint.limit);
  if (limit < long_window_seconds * std::max(rate, 1.0)) {
    return 1'000;
  }
  const double left = static_cast<double>(hint.remaining) / limit;
  const double part = std::min(1.0, left / near_the_wall);
  return static_cast<unsigned>(500 + 500 * part);
}

}  // namespace claimferry::quota
