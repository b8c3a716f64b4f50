// Leadership: which of several schedulers does the work. A lease in Redis, kept by asking again
// well before it ends; its term is the fence of all that the leader does. By its own clock a
// scheduler stops before Redis gives the lease to another.
#pragma once

#include <string>

#include "common/queue/adapter/queue_upkeep.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::scheduler {

class Leadership {
 public:
  struct Options {
    std::string holder;  // names this process among all
    Duration lease;
    Duration interval;  // between a member's syncs
  };
  Leadership(const Clock& clock, queue::QueueUpkeep& upkeep, telemetry::Observer& observer,
             Options options)
      : clock_(clock), upkeep_(upkeep), observer_(observer), options_(std::move(options)) {}

  // Takes or keeps the lead when it is time to; answers whether we lead.
  awaitable<Result<bool>> keep();
  // While leading.
  queue::Term term() const { return {options_.holder, term_}; }
  // Another's term was met.
  void lost();
  // Gives the lead to whoever asks next.
  awaitable<void> resign();
  bool leads() const { return clock_.steady() < until_; }
  // When keep() is worth calling again.
  Duration next_look() const noexcept { return next_look_; }

 private:
  void tell(bool leading);

  const Clock& clock_;
  queue::QueueUpkeep& upkeep_;
  telemetry::Observer& observer_;
  const Options options_;
  std::string term_;
  SteadyTime asked_{};
  SteadyTime until_{};
  Duration next_look_ = Duration::zero();
  bool told_leading_ = false;
};

}  // namespace claimferry::scheduler
