// Heartbeat: one call a shard keeps all its leases, and learns which were lost or are to be
// cancelled. A beat that fails extends nothing: the leases then end by our own clock. Each round
// also brings back the jobs of workers that died, so that recovery waits for no scheduler.
#pragma once

#include "common/async/alarm.hpp"
#include "common/base/random.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class Heartbeat {
 public:
  Heartbeat(const Clock& clock, Sleeper& sleeper, queue::JobQueue& queue, RunningJobs& running,
            Duration interval, Duration lease, Duration next_due_in)
      : clock_(clock),
        sleeper_(sleeper),
        queue_(queue),
        running_(running),
        interval_(interval),
        lease_(lease),
        next_due_in_(next_due_in) {}

  // Until stop().
  awaitable<void> run();
  // Without waiting for the next round.
  void beat_now() { alarm_.ring(); }
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }

 private:
  awaitable<bool> beat(std::vector<queue::JobRef> jobs);

  const Clock& clock_;
  Sleeper& sleeper_;
  queue::JobQueue& queue_;
  RunningJobs& running_;
  Duration interval_;
  Duration lease_;
  Duration next_due_in_;  // of a member whose job proves to be poison
  bool stopping_ = false;
  Alarm alarm_;
};

}  // namespace claimferry::worker
