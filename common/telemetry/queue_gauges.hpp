// QueueGauges: the scheduler's picture of the queue and of Redis, as gauges.
#pragma once

#include <vector>

#include "common/base/ids.hpp"
#include "common/telemetry/families.hpp"
#include "common/telemetry/metric_names.hpp"
#include "common/telemetry/snapshot_histogram.hpp"

namespace claimferry::telemetry {

class QueueGauges {
 public:
  // Every series stands at zero.
  QueueGauges(prometheus::Registry& registry, const std::vector<PayerName>& payers);

  void set(const QueueSnapshot& snapshot);
  // Of a Redis that is away only that stands; the rest is what was seen last.
  void set(const RedisSnapshot& snapshot);
  // Nobody can say how the queue stands: each of its gauges is no number until the next snapshot,
  // so that no max() over schedulers believes an old one. The histograms of members stay.
  void forget_queue();
  // What no registry holds.
  std::vector<prometheus::MetricFamily> collect_snapshots() const;

 private:
  Gauges& jobs_;
  Gauges& oldest_job_;
  Gauges& members_;
  Gauges& members_due_;
  Gauges& grants_stopped_;
  Gauges& consents_ending_;
  Gauges& pauses_;
  Gauges& batches_;
  Gauges& batch_jobs_;
  Gauges& audit_undrained_;
  Gauges& erasures_overdue_;
  Gauges& workers_;
  Gauges& desired_workers_;
  Gauges& drain_eta_;
  Gauges& redis_up_;
  Gauges& redis_latency_;
  Gauges& redis_memory_used_;
  Gauges& redis_memory_max_;
  Gauges& redis_evicted_keys_;
  Gauges& redis_noeviction_;
  Gauges& redis_aof_enabled_;
  Gauges& redis_persistence_ok_;
  SnapshotHistogram freshness_{
      metric::member_freshness,
      "Members by seconds since their last complete sync, now (a snapshot; the sum is not kept and "
      "reads NaN)"};
  SnapshotHistogram consent_remaining_{
      metric::consent_remaining,
      "Members by seconds until their consent ends, now (a snapshot; the sum is not kept and reads "
      "NaN)"};
};

}  // namespace claimferry::telemetry
