// QueueWatch: what the queue looks like from outside, read from Redis into the metrics.
#pragma once

#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/metrics.hpp"

namespace claimferry::scheduler {

class QueueWatch {
 public:
  QueueWatch(queue::JobQueue& queue, telemetry::Metrics& metrics)
      : queue_(queue), metrics_(metrics) {}
  // Redis away leaves the last picture standing.
  awaitable<void> look();

 private:
  queue::JobQueue& queue_;
  telemetry::Metrics& metrics_;
};

telemetry::QueueSnapshot snapshot_of(const queue::QueueStats& stats);

}  // namespace claimferry::scheduler
