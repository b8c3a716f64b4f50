#include "scheduler/drain_estimate.hpp"

#include <algorithm>

namespace claimferry::scheduler {
namespace {

constexpr auto looks_back = std::chrono::minutes(5);
constexpr auto samples_apart = std::chrono::seconds(4);  // so that they stay few however often

}  // namespace

void DrainEstimate::note(SteadyTime now, std::uint64_t ended) {
  if (!samples_.empty() && ended < samples_.back().ended) {
    samples_.clear();
  }
  if (samples_.size() > 1 && now - samples_[samples_.size() - 2].at < samples_apart) {
    samples_.pop_back();
  }
  samples_.push_back({now, ended});
  while (samples_.size() > 2 && now - samples_[1].at >= looks_back) {
    samples_.pop_front();
  }
}

double DrainEstimate::seconds_for(std::uint64_t waiting) const {
  if (waiting == 0) {
    return 0;
  }
  if (samples_.size() < 2) {
    return never_seconds;
  }
  const auto& [begun_at, begun_with] = samples_.front();
  const auto& [now, ended] = samples_.back();
  const double took = std::chrono::duration<double>(now - begun_at).count();
  const auto done = static_cast<double>(ended - begun_with);
  if (done == 0 || took <= 0) {
    return never_seconds;
  }
  return std::min(static_cast<double>(waiting) * took / done, never_seconds);
}

}  // namespace claimferry::scheduler
