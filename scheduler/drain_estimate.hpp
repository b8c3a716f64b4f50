// DrainEstimate: when all that waits will be done, by the pace at which jobs ended lately. Pure.
#pragma once

#include <cstdint>
#include <deque>

#include "common/base/clock.hpp"

namespace claimferry::scheduler {

class DrainEstimate {
 public:
  // What is answered where nothing moves.
  static constexpr double never_seconds = 30.0 * 86'400;

  // ended: all jobs that ever ended; where it is smaller than before, Redis was lost and the pace
  // begins anew.
  void note(SteadyTime now, std::uint64_t ended);
  // Seconds; 0 where nothing waits, never_seconds at most.
  double seconds_for(std::uint64_t waiting) const;
  // Ended lately; 0 where nothing moves, or nobody has looked for long enough.
  double jobs_a_second() const;
  bool has_pace() const noexcept { return samples_.size() > 1; }

 private:
  struct Sample {
    SteadyTime at;
    std::uint64_t ended;
  };
  std::deque<Sample> samples_;  // of the last minutes, a few dozen
};

}  // namespace claimferry::scheduler
