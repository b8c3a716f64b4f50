// A histogram that is a snapshot, not a count of events: how stale each member is now.
// prometheus-cpp has no such type, so the collectable writes it itself.
#pragma once

#include <mutex>
#include <vector>

#include <prometheus/collectable.h>

#include "common/telemetry/snapshot.hpp"

namespace claimferry::telemetry {

class SnapshotHistogram final : public prometheus::Collectable {
 public:
  // Both texts live as long as the program.
  SnapshotHistogram(const char* name, const char* help) : name_(name), help_(help) {}

  void set(Buckets buckets);
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const char* name_;
  const char* help_;
  mutable std::mutex mutex_;  // set by the scheduler's loop, collected by the admin server's
  Buckets buckets_;
};

}  // namespace claimferry::telemetry
