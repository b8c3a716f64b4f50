// Metrics: the observer that counts, and the text that Prometheus scrapes. Every series exists with
// zero from the start; labels are enums or configured payer names, so their number is bounded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/telemetry/event.hpp"
#include "common/telemetry/snapshot.hpp"

namespace claimferry::telemetry {

class Metrics final : public Observer {
 public:
  Metrics(std::string_view program, const std::vector<PayerName>& payers);
  ~Metrics() override;

  void on(const Event& event) noexcept override;
  void set(const QueueSnapshot& snapshot);
  void set(const RedisSnapshot& snapshot);
  void forget_queue();  // see queue_gauges.hpp
  // The text exposition format, version 0.0.4.
  std::string render() const;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace claimferry::telemetry
