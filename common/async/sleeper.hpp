// Sleeper: waiting as a port, so that the simulated world owns time.
#pragma once

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"

namespace claimferry {

class Sleeper {
 public:
  virtual ~Sleeper() = default;
  // Returns after `how_long`, or at once when the awaiting coroutine is cancelled (no throw; ask
  // the stop source).
  virtual awaitable<void> sleep(Duration how_long) = 0;
};

// steady_timer on the awaiting coroutine's executor.
class TimerSleeper final : public Sleeper {
 public:
  awaitable<void> sleep(Duration how_long) override;
};

}  // namespace claimferry
