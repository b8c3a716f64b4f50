// SchedulerLoop: plans members that are due, brings delayed jobs back, takes jobs from workers that
// died. Each call to Redis is bounded, and a backlog is worked off in small calls without a pause.
#pragma once

#include "common/async/alarm.hpp"
#include "common/base/backoff.hpp"
#include "common/config/config.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::scheduler {

class SchedulerLoop {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    telemetry::Observer& observer;
  };
  // tick: the pause after a round that found nothing more to do.
  SchedulerLoop(Ports ports, const config::SchedulerConfig& schedule, Duration tick)
      : ports_(ports), schedule_(schedule), tick_(tick) {}

  awaitable<void> run();  // until stop()
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }
  // What one planning call asks for, at a time: the window begins `lookback` before that day.
  queue::PlanRequest plan_request(WallTime now) const;

 private:
  awaitable<Result<bool>> round();
  Duration pause_after(const Result<bool>& more);

  Ports ports_;
  const config::SchedulerConfig& schedule_;
  Duration tick_;
  Alarm alarm_;
  bool stopping_ = false;
  unsigned failures_ = 0;
};

}  // namespace claimferry::scheduler
