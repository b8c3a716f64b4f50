// JobSettler: tells the queue what became of a job, and waits out a Redis that is away as long as
// the lease lasts.
#pragma once

#include <functional>
#include <memory>

#include "common/async/sleeper.hpp"
#include "common/base/random.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class JobSettler {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    telemetry::Observer& observer;
  };
  using Call = std::function<awaitable<Result<void>>()>;
  explicit JobSettler(Ports ports) : ports_(ports) {}

  // Ends with the job settled, or abandoned to the reaper when its lease is gone; observed either
  // way.
  awaitable<void> settle(std::shared_ptr<RunningJob> job, queue::Settlement settlement,
                         queue::MemberUpdate member);
  // Again and again while the call's failure is `local`, until the lease would have run out.
  awaitable<Result<void>> patiently(std::shared_ptr<RunningJob> job, Call call);

 private:
  Ports ports_;
};

}  // namespace claimferry::worker
