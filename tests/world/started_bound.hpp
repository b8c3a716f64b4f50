// StartedBound: over no window are more requests started than rate × time + what was allowed at
// once. A bucket that leaks at the rate holds what was started above it; its level is the worst
// over every window that ends now.
#pragma once

#include <algorithm>

#include "common/base/clock.hpp"

namespace claimferry::world {

class StartedBound {
 public:
  // Answers the level, this request included.
  double started(SteadyTime now, double rate) {
    const double passed = std::chrono::duration<double>(now - at_).count();
    level_ = std::max(0.0, level_ - rate * passed) + 1;
    at_ = now;
    most_ = std::max(most_, level_);
    return level_;
  }
  double most() const noexcept { return most_; }

 private:
  SteadyTime at_{};
  double level_ = 0;
  double most_ = 0;
};

}  // namespace claimferry::world
