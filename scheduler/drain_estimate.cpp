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

double DrainEstimate::jobs_a_second() const {
  if (samples_.size() < 2) {
    return 0;
  }
  const auto& [begun_at, begun_with] = samples_.front();
  const auto& [now, ended] = samples_.back();
  const double took = std::chrono::duration<double>(now - begun_at).count();
  return took > 0 ? static_cast<double>(ended - begun_with) / took : 0;
}

double DrainEstimate::seconds_for(std::uint64_t waiting) const {
  const double pace = jobs_a_second();
  if (waiting == 0) {
    return 0;
  }
  return pace > 0 ? std::min(static_cast<double>(waiting) / pace, never_seconds) : never_seconds;
}

}  // namespace claimferry::scheduler
