// One count of requests against a limit: who passes, what the gateway's headers say, and how long a
// refused client shall wait. Whose count it is, is for PayerLimits to say.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/clock.hpp"
#include "tests/sandbox/model/limit_settings.hpp"
#include "tests/sandbox/model/rate_plan.hpp"

namespace claimferry::sandbox {

class RateLimit {
 public:
  struct Verdict {
    bool granted = true;
    std::uint64_t limit = 0;  // 0: no limit, no headers
    std::uint64_t remaining = 0;
    Duration wait = Duration::zero();  // until the next request would pass; when refused
  };

  // Starts afresh: a full bucket, an empty window. The schedule counts from `since`; where it
  // changes the rate, bucket and window go on.
  void configure(const LimitSettings& settings, WallTime since = {});
  // What take() would answer but for `remaining`, which is before it. Takes nothing.
  Verdict look(WallTime now);
  Verdict take(WallTime now);

  // What it lets through a second in the long run, at this rate: windows grant whole requests.
  static double sustained(const LimitSettings& settings, double rate);

 private:
  void advance(WallTime now);
  std::uint64_t limit_at(double rate) const;
  std::uint64_t remaining(std::uint64_t limit) const;
  WallTime passes_at(const RatePlan::Segment& segment, WallTime now) const;
  Duration wait_from(WallTime now) const;

  LimitSettings settings_;
  RatePlan plan_;
  double tokens_ = 0;
  std::optional<WallTime> filled_at_;
  WallTime window_start_{};
  std::uint64_t window_used_ = 0;
  std::deque<WallTime> granted_at_;
};

}  // namespace claimferry::sandbox
