#include "common/telemetry/freshness_histogram.hpp"

#include <cmath>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {

void FreshnessHistogram::set(std::vector<std::pair<double, std::uint64_t>> buckets) {
  const std::lock_guard lock(mutex_);
  buckets_ = std::move(buckets);
}

std::vector<prometheus::MetricFamily> FreshnessHistogram::Collect() const {
  prometheus::MetricFamily family;
  family.name = metric::member_freshness;
  family.help =
      "Members by seconds since their last complete sync, now (a snapshot; the sum is not "
      "kept and reads NaN)";
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
  family.metric.push_back(std::move(snapshot));
  return {std::move(family)};
}

}  // namespace claimferry::telemetry
