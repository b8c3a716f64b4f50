#include "tests/sandbox/model/usage.hpp"

#include <algorithm>

namespace claimferry::sandbox {

Usage::Counts& Usage::Counts::operator+=(const Counts& more) noexcept {
  granted += more.granted;
  refused += more.refused;
  during_retry_after += more.during_retry_after;
  return *this;
}

void Usage::begin(WallTime at) {
  begun_ = at;
  totals_ = {};
  seconds_.clear();
}

void Usage::decided(WallTime at, bool granted) {
  Counts counts;
  (granted ? counts.granted : counts.refused) = 1;
  add(at, counts);
}

void Usage::asked_during_retry_after(WallTime at) {
  Counts counts;
  counts.during_retry_after = 1;
  add(at, counts);
}

std::int64_t Usage::second_of(WallTime now) const {
  return std::max<std::int64_t>((now - begun(now)).count(), 0) / 1000;
}

// A clock set back counts into the latest second.
void Usage::add(WallTime at, const Counts& counts) {
  begun_ = begun(at);
  const std::int64_t number = second_of(at);
  if (seconds_.empty() || seconds_.back().number < number) {
    seconds_.push_back({number, {}});
  }
  while (seconds_.front().number <= number - usage_seconds_max) {
    seconds_.pop_front();
  }
  seconds_.back().counts += counts;
  totals_ += counts;
}

Usage::Counts Usage::sum(std::int64_t first, std::int64_t last) const {
  Counts sum;
  auto second = std::ranges::lower_bound(seconds_, first, {}, &Second::number);
  for (; second != seconds_.end() && second->number < last; ++second) {
    sum += second->counts;
  }
  return sum;
}

std::int64_t Usage::first_kept(WallTime now) const {
  return std::max<std::int64_t>(second_of(now) + 1 - usage_seconds_max, 0);
}

}  // namespace claimferry::sandbox
