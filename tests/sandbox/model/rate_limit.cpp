#include "tests/sandbox/model/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace claimferry::sandbox {
namespace {

// A rate of nothing still names a wait.
constexpr double rate_min = 1e-3;
// Sums of parts of tokens end a little short of whole ones, and who waited as told shall pass.
constexpr double token_error = 1e-9;

std::uint64_t window_grants(const LimitSettings& settings, double rate) {
  return static_cast<std::uint64_t>(std::max(1.0, rate * settings.window_ms / 1000));
}

}  // namespace

void RateLimit::configure(const LimitSettings& settings, WallTime since) {
  settings_ = settings;
  plan_ = RatePlan(settings.rate, settings.schedule, since);
  tokens_ = settings.burst;
  filled_at_.reset();
  window_start_ = {};
  window_used_ = 0;
  granted_at_.clear();
}

RateLimit::Verdict RateLimit::look(WallTime now) {
  Verdict verdict;
  if (settings_.kind == LimitKind::none) {
    return verdict;
  }
  advance(now);
  verdict.limit = limit_at(plan_.at(now).rate);
  verdict.remaining = remaining(verdict.limit);
  verdict.granted = verdict.remaining > 0;
  if (!verdict.granted) {
    verdict.wait = wait_from(now);
  }
  return verdict;
}

RateLimit::Verdict RateLimit::take(WallTime now) {
  Verdict verdict = look(now);
  if (verdict.limit == 0 || !verdict.granted) {
    return verdict;
  }
  --verdict.remaining;
  switch (settings_.kind) {
    case LimitKind::none:
      break;
    case LimitKind::token_bucket:
      tokens_ -= 1;
      break;
    case LimitKind::fixed_window:
      ++window_used_;
      break;
    case LimitKind::sliding_window:
      granted_at_.push_back(now);
      break;
  }
  return verdict;
}

double RateLimit::sustained(const LimitSettings& settings, double rate) {
  return settings.kind == LimitKind::token_bucket
             ? rate
             : static_cast<double>(window_grants(settings, rate)) * 1000 / settings.window_ms;
}

// What time alone changes.
void RateLimit::advance(WallTime now) {
  const Duration window(settings_.window_ms);
  switch (settings_.kind) {
    case LimitKind::none:
      break;
    case LimitKind::token_bucket:
      tokens_ = std::min(std::max(settings_.burst, 1.0),
                         tokens_ + plan_.amount(filled_at_.value_or(now), now));
      filled_at_ = now;
      break;
    case LimitKind::fixed_window: {
      const WallTime start{now.time_since_epoch() / window * window};
      window_used_ = start == window_start_ ? window_used_ : 0;
      window_start_ = start;
      break;
    }
    case LimitKind::sliding_window:
      while (!granted_at_.empty() && granted_at_.front() + window <= now) {
        granted_at_.pop_front();
      }
      break;
  }
}

std::uint64_t RateLimit::limit_at(double rate) const {
  return settings_.kind == LimitKind::token_bucket
             ? static_cast<std::uint64_t>(std::max(settings_.burst, 1.0))
             : window_grants(settings_, rate);
}

// More may be used than a lowered rate grants.
std::uint64_t RateLimit::remaining(std::uint64_t limit) const {
  if (settings_.kind == LimitKind::token_bucket) {
    return static_cast<std::uint64_t>(std::max(tokens_ + token_error, 0.0));
  }
  const std::uint64_t used =
      settings_.kind == LimitKind::fixed_window ? window_used_ : granted_at_.size();
  return limit - std::min(used, limit);
}

// When a request would pass if the segment's rate held for ever; not before the segment begins.
WallTime RateLimit::passes_at(const RatePlan::Segment& segment, WallTime now) const {
  const WallTime begin = std::max(segment.from, now);
  const Duration window(settings_.window_ms);
  if (settings_.kind == LimitKind::token_bucket) {
    const double missing = 1 - token_error / 2 - tokens_ - plan_.amount(now, begin);
    const double wait_ms = missing * 1000 / std::max(segment.rate, rate_min);
    return begin + Duration(static_cast<Duration::rep>(std::ceil(std::max(wait_ms, 0.0))));
  }
  const std::uint64_t grants = limit_at(segment.rate);
  if (settings_.kind == LimitKind::fixed_window) {
    return window_used_ < grants ? begin : std::max(begin, window_start_ + window);
  }
  return granted_at_.size() < grants
             ? begin
             : std::max(begin, granted_at_[granted_at_.size() - grants] + window);
}

Duration RateLimit::wait_from(WallTime now) const {
  for (RatePlan::Segment segment = plan_.at(now);; segment = plan_.at(segment.until)) {
    const WallTime passes = passes_at(segment, now);
    if (passes < segment.until || segment.until == WallTime::max()) {
      return passes - now;
    }
  }
}

}  // namespace claimferry::sandbox
