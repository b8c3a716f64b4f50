#include "scheduler/desired_workers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace claimferry::scheduler {
namespace {

// How long a request is under way. Payers' pages take a tenth of it to several times it; fewer
// workers than the quota could feed are seen in the drain's estimate, more are paid for nothing.
constexpr double request_seconds = 1;

double of_backlog(const queue::QueueStats& stats, const config::WorkerConfig& worker) {
  std::uint64_t jobs = stats.running + stats.due_now;
  for (const auto& [lane, waiting] : stats.ready_by_lane) {
    jobs += waiting;
  }
  return std::ceil(static_cast<double>(jobs) / worker.slots);
}

double of_quota(const queue::QueueStats& stats, const config::WorkerConfig& worker) {
  double in_flight = stats.granted.empty() ? std::numeric_limits<double>::infinity() : 0;
  for (const auto& [payer, granted] : stats.granted) {
    if (granted.is_held) {
      in_flight += 1;
    } else if (granted.requests_a_second == 0) {
      return std::numeric_limits<double>::infinity();
    } else {
      in_flight += granted.requests_a_second * request_seconds;
    }
  }
  return std::ceil(in_flight / worker.requests_in_flight_max);
}

}  // namespace

std::uint64_t desired_workers(const queue::QueueStats& stats, const config::WorkerConfig& worker) {
  const double wanted = std::min(of_backlog(stats, worker), of_quota(stats, worker));
  return static_cast<std::uint64_t>(std::max(wanted, 1.0));
}

}  // namespace claimferry::scheduler
