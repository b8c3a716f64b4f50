#include "common/telemetry/snapshot_histogram.hpp"

#include <cmath>
#include <limits>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

namespace claimferry::telemetry {

void SnapshotHistogram::set(Buckets buckets) {
  const std::lock_guard lock(mutex_);
  buckets_ = std::move(buckets);
}

std::vector<prometheus::MetricFamily> SnapshotHistogram::Collect() const {
  prometheus::MetricFamily family;
  family.name = name_;
  family.help = help_;
  family.type = prometheus::MetricType::Histogram;
  prometheus::ClientMetric snapshot;
  snapshot.histogram.sample_sum = std::nan("");
  const std::lock_guard lock(mutex_);
  for (const auto& [upper_bound, count] : buckets_) {
    prometheus::ClientMetric::Bucket bucket;
    bucket.upper_bound = upper_bound;
    bucket.cumulative_count = count;
    snapshot.histogram.bucket.push_back(bucket);
    snapshot.histogram.sample_count = count;
  }
  if (buckets_.empty()) {
    snapshot.histogram.bucket.push_back({0, std::numeric_limits<double>::infinity()});
  }
  family.metric.push_back(std::move(snapshot));
  return {std::move(family)};
}

}  // namespace claimferry::telemetry
