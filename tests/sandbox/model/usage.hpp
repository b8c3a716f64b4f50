// What became of the requests that a limit counts, second by second since the limit was set. Keeps
// the last hour's seconds, and totals of all.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/clock.hpp"

namespace claimferry::sandbox {

inline constexpr std::int64_t usage_seconds_max = 3'600;

class Usage {
 public:
  struct Counts {
    std::uint64_t granted = 0;  // by the limit, whatever became of them afterwards
    std::uint64_t refused = 0;
    std::uint64_t during_retry_after = 0;  // as Violations counts them

    std::uint64_t requests() const noexcept { return granted + refused; }
    Counts& operator+=(const Counts& more) noexcept;
  };

  // Without it, the first count begins it.
  void begin(WallTime at);
  WallTime begun(WallTime now) const noexcept { return begun_.value_or(now); }

  void decided(WallTime at, bool granted);
  void asked_during_retry_after(WallTime at);

  const Counts& totals() const noexcept { return totals_; }
  // Seconds count from begin(): 0 is the first. `last` is not included.
  Counts sum(std::int64_t first, std::int64_t last) const;
  // The second that is going on, and the first one that is still kept then.
  std::int64_t second_of(WallTime now) const;
  std::int64_t first_kept(WallTime now) const;

 private:
  struct Second {
    std::int64_t number;
    Counts counts;
  };

  void add(WallTime at, const Counts& counts);

  std::optional<WallTime> begun_;
  Counts totals_;
  std::deque<Second> seconds_;  // those in which something happened, in order
};

}  // namespace claimferry::sandbox
