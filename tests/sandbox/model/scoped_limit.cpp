#include "tests/sandbox/model/scoped_limit.hpp"

#include <algorithm>

namespace claimferry::sandbox {

void ScopedLimit::configure(const LimitSettings& settings, WallTime now) {
  settings_ = settings;
  since_ = now;
  plan_ = RatePlan(settings.rate, settings.schedule, now);
  by_address_.clear();
  counts_.clear();
}

RateLimit& ScopedLimit::count_of(const std::string& address) {
  const std::string key = settings_.scope == LimitScope::app ? std::string() : address;
  const auto found = by_address_.find(key);
  if (found != by_address_.end()) {
    counts_.splice(counts_.begin(), counts_, found->second);
    return counts_.front().limit;
  }
  if (counts_.size() == limited_addresses_max) {
    by_address_.erase(counts_.back().address);
    counts_.pop_back();
  }
  counts_.push_front({key, RateLimit()});
  by_address_.emplace(key, counts_.begin());
  counts_.front().limit.configure(settings_, since_);
  return counts_.front().limit;
}

RatePlan::Segment ScopedLimit::sustained(WallTime moment) const {
  RatePlan::Segment segment = plan_.at(moment);
  segment.rate = RateLimit::sustained(settings_, segment.rate) *
                 static_cast<double>(std::max<std::size_t>(counts_.size(), 1));
  return segment;
}

}  // namespace claimferry::sandbox
