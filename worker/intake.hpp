// Intake: claims jobs only into free slots and starts a driver for each. Stops first in a drain.
#pragma once

#include <functional>

#include "common/async/alarm.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "common/telemetry/trouble_report.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

class Intake {
 public:
  struct Options {
    WorkerId worker;
    unsigned slots;
    Duration lease;
    Duration poll;              // how long to wait at most for work that gave no hint
    Duration malformed_due_in;  // when a member whose job could not be read is due again
  };
  using StartJob = std::function<void(std::shared_ptr<RunningJob>)>;
  // The payers that may be worked for now: asked before each claim. With none, erasures alone are
  // claimed: they ask nothing of a payer.
  using OpenPayers = std::function<std::vector<queue::PayerCap>()>;

  Intake(const Clock& clock, Random& random, Sleeper& sleeper, queue::JobQueue& queue,
         telemetry::Observer& observer, RunningJobs& running, Options options,
         OpenPayers open_payers, StartJob start)
      : clock_(clock),
        random_(random),
        sleeper_(sleeper),
        queue_(queue),
        observer_(observer),
        running_(running),
        options_(std::move(options)),
        open_payers_(std::move(open_payers)),
        start_(std::move(start)),
        trouble_(observer, "redis") {}

  // Until stop(). wake(): a slot became free, or there may be work.
  awaitable<void> run();
  // No claim is under way, and none will be.
  bool ended() const noexcept { return ended_; }
  void wake() { alarm_.ring(); }
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }

 private:
  awaitable<Duration> claim(unsigned free);
  awaitable<void> set_aside(std::vector<queue::JobRef> unreadable);

  const Clock& clock_;
  Random& random_;
  Sleeper& sleeper_;
  queue::JobQueue& queue_;
  telemetry::Observer& observer_;
  RunningJobs& running_;
  Options options_;
  OpenPayers open_payers_;
  StartJob start_;
  telemetry::TroubleReport trouble_;
  Alarm alarm_;
  bool stopping_ = false;
  bool ended_ = false;
};

}  // namespace claimferry::worker
