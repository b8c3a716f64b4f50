#include "scheduler/desired_workers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace claimferry::scheduler {
namespace {

using Granted = queue::QueueStats::Granted;

// How long a request is under way. Payers' pages take a tenth of it to several times it; fewer
// workers than the quota could feed are seen in the drain's estimate, more are paid for nothing.
constexpr double request_seconds = 1;

double requests_in_flight(const Granted& granted) {
  if (granted.is_held) {
    return 1;
  }
  return granted.requests_a_second == 0 ? std::numeric_limits<double>::infinity()
                                        : granted.requests_a_second * request_seconds;
}

}  // namespace

std::uint64_t desired_workers(const queue::QueueStats& stats, const config::WorkerConfig& worker) {
  double wanted = 0;
  for (const auto& [payer, granted] : stats.granted) {
    const double for_backlog = static_cast<double>(granted.workable) / worker.slots;
    const double for_quota = requests_in_flight(granted) / worker.requests_in_flight_max;
    wanted += std::min(for_backlog, for_quota);
  }
  return static_cast<std::uint64_t>(std::max(std::ceil(wanted), 1.0));
}

}  // namespace claimferry::scheduler
