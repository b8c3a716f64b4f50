#include "tests/sandbox/model/rate_plan.hpp"

#include <algorithm>
#include <iterator>

namespace claimferry::sandbox {

RatePlan::RatePlan(double rate, const std::vector<RateChange>& changes, WallTime since) {
  segments_.push_back({WallTime::min(), WallTime::max(), rate});
  for (const RateChange& change : changes) {
    const WallTime moment = since + Duration(change.after_ms);
    segments_.back().until = moment;
    segments_.push_back({moment, WallTime::max(), change.rate});
  }
}

const RatePlan::Segment& RatePlan::at(WallTime moment) const {
  return *std::prev(std::ranges::upper_bound(segments_, moment, {}, &Segment::from));
}

double RatePlan::amount(WallTime from, WallTime to) const {
  double sum = 0;
  while (from < to) {
    const Segment& segment = at(from);
    const WallTime until = std::min(to, segment.until);
    sum += segment.rate * static_cast<double>((until - from).count()) / 1000;
    from = until;
  }
  return sum;
}

}  // namespace claimferry::sandbox
