// The payer's rate limit: who passes, what the gateway's headers say, and how long a refused client
// shall wait.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/clock.hpp"
#include "tests/sandbox/model/settings.hpp"

namespace claimferry::sandbox {

class RateLimit {
 public:
  struct Verdict {
    bool granted = true;
    std::uint64_t limit = 0;  // 0: no limit, no headers
    std::uint64_t remaining = 0;
    Duration wait = Duration::zero();  // until the next request would pass; when refused
  };

  const LimitSettings& settings() const noexcept { return settings_; }
  // Starts afresh: a full bucket, an empty window.
  void configure(const LimitSettings& settings);
  Verdict take(WallTime now);

 private:
  Verdict take_from_bucket(WallTime now);
  Verdict take_in_fixed_window(WallTime now);
  Verdict take_in_sliding_window(WallTime now);
  std::uint64_t window_grants() const;

  LimitSettings settings_;
  double tokens_ = 0;
  std::optional<WallTime> filled_at_;
  WallTime window_start_{};
  std::uint64_t window_used_ = 0;
  std::deque<WallTime> granted_at_;
};

}  // namespace claimferry::sandbox
