#include "tests/sandbox/model/rate_limit.hpp"

#include <algorithm>
#include <cmath>

namespace claimferry::sandbox {

void RateLimit::configure(const LimitSettings& settings) {
  settings_ = settings;
  tokens_ = settings.burst;
  filled_at_.reset();
  window_start_ = {};
  window_used_ = 0;
  granted_at_.clear();
}

RateLimit::Verdict RateLimit::take(WallTime now) {
  switch (settings_.kind) {
    case LimitKind::none:
      return {};
    case LimitKind::token_bucket:
      return take_from_bucket(now);
    case LimitKind::fixed_window:
      return take_in_fixed_window(now);
    case LimitKind::sliding_window:
      return take_in_sliding_window(now);
  }
  return {};
}

RateLimit::Verdict RateLimit::take_from_bucket(WallTime now) {
  const double elapsed_ms = static_cast<double>((now - filled_at_.value_or(now)).count());
  tokens_ = std::min(std::max(settings_.burst, 1.0),
                     tokens_ + std::max(elapsed_ms, 0.0) * settings_.rate / 1000);
  filled_at_ = now;
  Verdict verdict;
  verdict.limit = static_cast<std::uint64_t>(std::max(settings_.burst, 1.0));
  verdict.granted = tokens_ >= 1;
  if (verdict.granted) {
    tokens_ -= 1;
  } else {
    const double wait_ms = (1 - tokens_) * 1000 / std::max(settings_.rate, 1e-3);
    verdict.wait = Duration(static_cast<Duration::rep>(std::ceil(wait_ms)));
  }
  verdict.remaining = static_cast<std::uint64_t>(tokens_);
  return verdict;
}

std::uint64_t RateLimit::window_grants() const {
  return static_cast<std::uint64_t>(std::max(1.0, settings_.rate * settings_.window_ms / 1000));
}

RateLimit::Verdict RateLimit::take_in_fixed_window(WallTime now) {
  const Duration window(settings_.window_ms);
  const WallTime start{now.time_since_epoch() / window * window};
  if (start != window_start_) {
    window_start_ = start;
    window_used_ = 0;
  }
  Verdict verdict;
  verdict.limit = window_grants();
  verdict.granted = window_used_ < verdict.limit;
  if (verdict.granted) {
    ++window_used_;
  } else {
    verdict.wait = start + window - now;
  }
  verdict.remaining = verdict.limit - window_used_;
  return verdict;
}

RateLimit::Verdict RateLimit::take_in_sliding_window(WallTime now) {
  const Duration window(settings_.window_ms);
  while (!granted_at_.empty() && granted_at_.front() + window <= now) {
    granted_at_.pop_front();
  }
  Verdict verdict;
  verdict.limit = window_grants();
  verdict.granted = granted_at_.size() < verdict.limit;
  if (verdict.granted) {
    granted_at_.push_back(now);
  } else {
    verdict.wait = granted_at_.front() + window - now;
  }
  verdict.remaining = verdict.limit - granted_at_.size();
  return verdict;
}

}  // namespace claimferry::sandbox
