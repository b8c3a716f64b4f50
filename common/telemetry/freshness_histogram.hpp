// A histogram that is a snapshot, not a count of events: how stale each member is now.
// prometheus-cpp has no such type, so the collectable writes it itself.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>

namespace claimferry::telemetry {

class FreshnessHistogram final : public prometheus::Collectable {
 public:
  // Cumulative counts by upper bound in seconds.
  void set(std::vector<std::pair<double, std::uint64_t>> buckets);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  mutable std::mutex mutex_;  // set by the scheduler's loop, collected by the admin server's
  std::vector<std::pair<double, std::uint64_t>> buckets_;
};

}  // namespace claimferry::telemetry
