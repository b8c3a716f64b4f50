// WorkerLoop: one shard's work, without its thread and its sockets: intake, heartbeat and the
// drivers, composed over ports. The simulated world runs this very class.
#pragma once

#include "common/async/permits.hpp"
#include "common/config/config.hpp"
#include "worker/erasure.hpp"
#include "worker/heartbeat.hpp"
#include "worker/intake.hpp"
#include "worker/job_driver.hpp"

namespace claimferry::worker {

class WorkerLoop {
 public:
  struct Ports {
    const Clock& clock;
    Random& random;
    Sleeper& sleeper;
    queue::JobQueue& queue;
    quota::FleetQuota& quota;
    oauth::TokenStore& tokens;
    http::Client& http;
    claims::ClaimSink& sink;
    const vault::Vault& vault;
    telemetry::Observer& observer;
  };
  struct Share {
    WorkerId worker;
    unsigned slots;               // jobs at once in this shard
    unsigned requests_in_flight;  // and requests
    Duration poll = std::chrono::seconds(1);
  };

  WorkerLoop(Executor executor, Ports ports, Payers& payers, const config::Config& config,
             Share share);

  void start();
  // A hint that there may be work.
  void wake() { intake_.wake(); }
  // A job was cancelled somewhere: asks at once whether it is one of these.
  void look_for_cancels() { heartbeat_.beat_now(); }
  // Stops claiming, ends page reads at once, hands every job back with its cursor. Returns when all
  // are settled or `at_most` is over; refreshes in flight have limits::refresh_drain_max.
  awaitable<void> drain(Duration at_most);
  std::size_t running() const noexcept { return running_.size(); }

 private:
  void run_job(std::shared_ptr<RunningJob> job);
  awaitable<void> drive(std::shared_ptr<RunningJob> job);
  std::vector<queue::PayerCap> open_payers();

  Executor executor_;
  Ports ports_;
  Payers& payers_;
  RunningJobs running_;
  PayerRequests requests_;
  TokenKeeper tokens_;
  JobDriver driver_;
  Erasure erasure_;
  Heartbeat heartbeat_;
  Intake intake_;
  Alarm job_ended_;
  bool draining_ = false;
};

}  // namespace claimferry::worker
