// ProcessMetrics: what the process itself takes, by the names that Prometheus' own clients use.
#pragma once

#include <prometheus/collectable.h>

namespace claimferry::telemetry {

class ProcessMetrics final : public prometheus::Collectable {
 public:
  // Read out of /proc/self when asked; what cannot be read is left out.
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace claimferry::telemetry
