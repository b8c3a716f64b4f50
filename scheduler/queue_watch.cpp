#include "scheduler/queue_watch.hpp"

#include "scheduler/desired_workers.hpp"
#include "scheduler/redis_health.hpp"

namespace claimferry::scheduler {
telemetry::QueueSnapshot snapshot_of(const queue::QueueStats& stats) {
  telemetry::QueueSnapshot snapshot;
  for (const auto& [lane, jobs] : stats.ready_by_lane) {
    snapshot.depths.push_back({lane, "ready", jobs});
  }
  for (const auto& [lane, waited] : stats.oldest_ready) {
    snapshot.oldest_job_seconds.emplace_back(lane, std::chrono::duration<double>(waited).count());
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
  snapshot.pauses.assign(stats.pauses.begin(), stats.pauses.end());
  snapshot.batches = stats.batches;
  snapshot.batch_jobs = {{"left", stats.batch_jobs_left}, {"queued", stats.batch_jobs_queued}};
  snapshot.workers = stats.workers;
  snapshot.freshness = stats.freshness;
  snapshot.consent_remaining = stats.consents_lasting;
  return snapshot;
}

awaitable<void> QueueWatch::look() {
  const SteadyTime asked = ports_.clock.steady();
  telemetry::RedisSnapshot redis = co_await look_at_redis(ports_.redis);
  redis.latency_seconds = std::chrono::duration<double>(ports_.clock.steady() - asked).count();
  ports_.metrics.set(redis);
  const auto stats = co_await ports_.queue.stats();
  if (!stats) {
    ports_.metrics.forget_queue();
    co_return;
  }
  drain_.note(ports_.clock.steady(), stats->ended);
  telemetry::QueueSnapshot snapshot = snapshot_of(*stats);
  snapshot.desired_workers = desired_workers(*stats, worker_);
  snapshot.drain_eta_seconds = drain_.seconds_for(stats->unfinished());
  ports_.metrics.set(snapshot);
}

}  // namespace claimferry::scheduler
