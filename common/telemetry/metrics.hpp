// Metrics: the observer that counts, and the text that Prometheus scrapes. Every series exists with
// zero from the start; labels are enums or configured payer names, so their number is bounded.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/telemetry/event.hpp"

namespace claimferry::telemetry {

// What the queue looks like from outside, as the scheduler reads it.
struct QueueSnapshot {
  struct Depth {
    std::string_view lane;   // urgent, routine, backfill, or "all" where a state knows no lane
    std::string_view state;  // ready, running, delayed, dead
    std::uint64_t jobs;
  };
  std::vector<Depth> depths;
  std::vector<std::pair<std::string, std::uint64_t>> members_by_state;
  std::uint64_t members_due = 0;
  std::vector<std::pair<std::string, bool>> grants_stopped;            // by payer
  std::vector<std::pair<std::string, std::uint64_t>> consents_ending;  // members by "7d", "30d"
  std::uint64_t audit_undrained = 0;
  std::uint64_t erasures_overdue = 0;
  // Upper bound in seconds → members at most so stale, cumulative; the last bound is infinity.
  std::vector<std::pair<double, std::uint64_t>> freshness;
};

class Metrics final : public Observer {
 public:
  Metrics(std::string_view program, const std::vector<PayerName>& payers);
  ~Metrics() override;

  void on(const Event& event) noexcept override;
  void set_queue(const QueueSnapshot& snapshot);
  // The text exposition format, version 0.0.4.
  std::string render() const;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

}  // namespace claimferry::telemetry
