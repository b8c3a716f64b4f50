// A rate over time: the one a limit begins with, and those that its schedule brings.
#pragma once

#include <vector>

#include "common/base/clock.hpp"
#include "tests/sandbox/model/limit_settings.hpp"

namespace claimferry::sandbox {

class RatePlan {
 public:
  struct Segment {
    WallTime from;   // WallTime::min(): since ever
    WallTime until;  // not included; WallTime::max(): for ever
    double rate;     // a second
  };

  RatePlan() : RatePlan(0, {}, {}) {}
  // The changes are in order, and count from `since`.
  RatePlan(double rate, const std::vector<RateChange>& changes, WallTime since);

  const Segment& at(WallTime moment) const;
  // What a rate adds up to.
  double amount(WallTime from, WallTime to) const;

 private:
  std::vector<Segment> segments_;
};

}  // namespace claimferry::sandbox
