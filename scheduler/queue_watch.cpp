#include "scheduler/queue_watch.hpp"

namespace claimferry::scheduler {

telemetry::QueueSnapshot snapshot_of(const queue::QueueStats& stats) {
  telemetry::QueueSnapshot snapshot;
  for (const auto& [lane, jobs] : stats.ready_by_lane) {
    snapshot.depths.push_back({lane, "ready", jobs});
  }
  snapshot.depths.push_back({"all", "running", stats.running});
  snapshot.depths.push_back({"all", "delayed", stats.delayed});
  snapshot.depths.push_back({"all", "dead", stats.dead});
  snapshot.members_by_state.assign(stats.members_by_state.begin(), stats.members_by_state.end());
  snapshot.erasures_overdue = stats.erasures_overdue;
  snapshot.members_due = stats.due_now;
  snapshot.audit_undrained = stats.audit_waiting;
  snapshot.grants_stopped.assign(stats.grants_stopped.begin(), stats.grants_stopped.end());
  snapshot.consents_ending.assign(stats.consents_ending.begin(), stats.consents_ending.end());
  snapshot.freshness = stats.freshness;
  return snapshot;
}

awaitable<void> QueueWatch::look() {
  auto stats = co_await queue_.stats();
  if (stats) {
    metrics_.set_queue(snapshot_of(*stats));
  }
}

}  // namespace claimferry::scheduler
