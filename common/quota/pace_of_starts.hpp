// PaceOfStarts: how many requests a shard started of late, so that it asks for no more permits than
// it will use. Pure.
#pragma once

#include "common/base/clock.hpp"

namespace claimferry::quota {

class PaceOfStarts {
 public:
  void count(SteadyTime now);
  // Requests that will start within `ahead`, if it goes on like this.
  unsigned expected(Duration ahead, SteadyTime now) const;

 private:
  // In this tenth of a second, and in the one before.
  SteadyTime tenth_{};
  unsigned in_this_ = 0;
  unsigned in_the_last_ = 0;
};

}  // namespace claimferry::quota
