// SchedulerLoop: while it leads, it plans members that are due, brings delayed jobs back, takes
// jobs from workers that died, does what operators asked for, looks for members whom nobody has in
// mind, and makes the audit durable. Each call to Redis is bounded, and a backlog is worked off in
// small calls without a pause; a step that fails does not hold up the others, nor do the audit's
// files when they hang.
#pragma once

#include <optional>
#include <vector>

#include "common/async/alarm.hpp"
#include "common/base/backoff.hpp"
#include "common/config/config.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/queue/adapter/member_directory.hpp"
#include "common/telemetry/trouble_report.hpp"
#include "scheduler/audit_drain.hpp"
#include "scheduler/leadership.hpp"

namespace claimferry::scheduler {

class SchedulerLoop {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    queue::QueueUpkeep& upkeep;
    queue::MemberDirectory& members;
    AuditDrain& audit;
    telemetry::Observer& observer;
  };
  struct Options {
    std::string holder;  // names this process among all schedulers
    Duration leader_lease;
    Duration tick;  // the pause after a round that found nothing more to do
    // Nothing: no member leaves by itself.
    std::optional<queue::Retention> retention = std::nullopt;
  };
  SchedulerLoop(Ports ports, const config::SchedulerConfig& schedule, Options options);

  awaitable<void> run();  // until stop(); then the lead is given back
  void stop() {
    stopping_ = true;
    alarm_.ring();
  }
  bool leads() const { return leadership_.leads(); }
  // What one planning call asks for, at a time: the window begins `lookback` before that day.
  queue::PlanRequest plan_request(WallTime now) const;

 private:
  // Each answers whether there is more to do, now.
  struct Step {
    awaitable<Result<bool>> (SchedulerLoop::*run)();
    telemetry::TroubleReport trouble;
  };
  awaitable<Result<bool>> promote();
  awaitable<Result<bool>> reap();
  awaitable<Result<bool>> plan();
  awaitable<Result<bool>> tidy();
  awaitable<Result<bool>> take_inbox();
  awaitable<Result<bool>> carry_out();
  awaitable<Result<bool>> expand();
  awaitable<Result<bool>> erase();
  awaitable<Result<bool>> reconcile();
  awaitable<Result<bool>> drain_audit();
  awaitable<Result<void>> look_after(std::vector<MemberId> members);
  awaitable<Result<void>> retain(std::vector<MemberId> members);

  awaitable<Duration> turn();
  awaitable<Result<bool>> round();
  Duration away(const Failure& failure);

  Ports ports_;
  const config::SchedulerConfig& schedule_;
  const Duration tick_;
  const std::optional<queue::Retention> retention_;
  Leadership leadership_;
  std::vector<Step> steps_;
  Alarm alarm_;
  bool stopping_ = false;
  telemetry::TroubleReport redis_;
  std::string reconcile_from_ = "0";
  SteadyTime reconcile_next_{};
};

}  // namespace claimferry::scheduler
