// Intake: claims jobs only into free slots and starts a driver for each. Stops first in a drain.
#pragma once

#include <functional>

#include "common/async/alarm.hpp"
#include "common/base/backoff.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class Intake {
 public:
  struct Options {
    WorkerId worker;
    unsigned slots;
    Duration lease;
    Duration poll;  // how long to wait at most for work that gave no hint
    std::vector<queue::PayerCap> payers;
  };
  using StartJob = std::function<void(std::shared_ptr<RunningJob>)>;

  Intake(const Clock& clock, Random& random, Sleeper& sleeper, queue::JobQueue& queue,
         telemetry::Observer& observer, RunningJobs& running, Options options, StartJob start)
      : clock_(clock),
        random_(random),
        sleeper_(sleeper),
        queue_(queue),
        observer_(observer),
        running_(running),
        options_(std::move(options)),
        start_(std::move(start)) {}

  // Until stop(). wake(): a slot became free, or there may be work.
  awaitable<void> run();
  void wake() { alarm_.ring(); }
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }

 private:
  awaitable<Duration> claim(unsigned free);
  Duration note_trouble(const Failure& failure);
  void note_recovery();

  const Clock& clock_;
  Random& random_;
  Sleeper& sleeper_;
  queue::JobQueue& queue_;
  telemetry::Observer& observer_;
  RunningJobs& running_;
  Options options_;
  StartJob start_;
  Alarm alarm_;
  bool stopping_ = false;
  unsigned failures_ = 0;
};

}  // namespace claimferry::worker
