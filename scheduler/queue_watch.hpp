// QueueWatch: what the queue and Redis look like from outside, read into the metrics.
#pragma once

#include "common/config/config.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/redis/client.hpp"
#include "common/telemetry/metrics.hpp"
#include "scheduler/drain_estimate.hpp"

namespace claimferry::scheduler {

class QueueWatch {
 public:
  struct Ports {
    const Clock& clock;
    queue::JobQueue& queue;
    redis::Client& redis;
    telemetry::Metrics& metrics;
  };
  // worker: how much one worker process takes on, for how many of them are of use.
  QueueWatch(Ports ports, const config::WorkerConfig& worker) : ports_(ports), worker_(worker) {}
  // Redis away leaves the last picture of the queue standing.
  awaitable<void> look();

 private:
  Ports ports_;
  const config::WorkerConfig& worker_;
  DrainEstimate drain_;
};

telemetry::QueueSnapshot snapshot_of(const queue::QueueStats& stats);

}  // namespace claimferry::scheduler
