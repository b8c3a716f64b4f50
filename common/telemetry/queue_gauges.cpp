#include "common/telemetry/queue_gauges.hpp"

#include <limits>
#include <span>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include "common/telemetry/metric_labels.hpp"

namespace claimferry::telemetry {
namespace {

template <class Number>
void put(Gauges& family, const prometheus::Labels& labels, Number number) {
  family.Add(labels).Set(static_cast<double>(number));
}
template <class Number>
void put(Gauges& family, Number number) {
  put(family, {}, number);
}

// Each series that there is.
void blank(Gauges& family) {
  for (const auto& collected : family.Collect()) {
    for (const auto& series : collected.metric) {
      prometheus::Labels labels;
      for (const auto& label : series.label) {
        labels.emplace(label.name, label.value);
      }
      family.Add(labels).Set(std::numeric_limits<double>::quiet_NaN());
    }
  }
}

Buckets nobody_within(std::span<const double> upper_bounds) {
  Buckets buckets;
  for (const double bound : upper_bounds) {
    buckets.emplace_back(bound, 0);
  }
  buckets.emplace_back(std::numeric_limits<double>::infinity(), 0);
  return buckets;
}

}  // namespace

QueueGauges::QueueGauges(prometheus::Registry& registry, const std::vector<PayerName>& payers)
    : jobs_(gauges(registry, metric::queue_jobs, "Jobs by lane and state")),
      oldest_job_(gauges(registry, metric::queue_oldest_job,
                         "How long the first job of a lane has waited; 0: none waits")),
      members_(gauges(registry, metric::members, "Members by state")),
      members_due_(gauges(registry, metric::members_due, "Members due and not planned")),
      grants_stopped_(gauges(registry, metric::grants_stopped,
                             "1 while no refresh is sent because the payer refuses those of too "
                             "many members")),
      consents_ending_(
          gauges(registry, metric::consents_ending, "Members whose consent ends within that time")),
      pauses_(gauges(registry, metric::paused, "Pauses in force, by what is paused")),
      batches_(gauges(registry, metric::backfill_batches, "Batches of backfills that are open")),
      batch_jobs_(gauges(registry, metric::backfill_batch_jobs,
                         "Jobs of the first 50 open batches: not queued yet, queued or running")),
      audit_undrained_(gauges(registry, metric::audit_undrained,
                              "Entries of the audit that only Redis holds so far")),
      erasures_overdue_(gauges(registry, metric::erasures_overdue,
                               "Members being erased for more than 20 of the 30 days")),
      workers_(gauges(registry, metric::workers,
                      "Worker processes that asked for work within the last minute")),
      desired_workers_(gauges(registry, metric::desired_workers,
                              "Worker processes that the backlog needs and the payers' quota can "
                              "feed; for an autoscaler")),
      drain_eta_(gauges(registry, metric::drain_eta,
                        "Until all that waits is done, at the pace of the last five minutes; 30 "
                        "days where nothing moves")),
      redis_up_(gauges(registry, metric::redis_up, "1 while Redis answers the scheduler")),
      redis_latency_(
          gauges(registry, metric::redis_latency, "What one call of Redis took, there and back")),
      redis_memory_used_(gauges(registry, metric::redis_memory_used, "Redis' used_memory")),
      redis_memory_max_(
          gauges(registry, metric::redis_memory_max, "Redis' maxmemory; 0: no limit")),
      redis_evicted_keys_(gauges(registry, metric::redis_evicted_keys,
                                 "Keys that Redis threw away since it began: jobs and tokens")),
      redis_noeviction_(gauges(registry, metric::redis_noeviction,
                               "1 while maxmemory-policy is noeviction, as it must be")),
      redis_aof_enabled_(
          gauges(registry, metric::redis_aof_enabled, "1 while the append-only file is on")),
      redis_persistence_ok_(gauges(registry, metric::redis_persistence_ok,
                                   "1 while the last snapshot and the last write of the "
                                   "append-only file went well")) {
  QueueSnapshot nothing;
  for (const auto lane : label::lanes) {
    nothing.depths.push_back({lane, "ready", 0});
    nothing.oldest_job_seconds.emplace_back(lane, 0);
  }
  for (const auto* state : {"running", "delayed", "dead"}) {
    nothing.depths.push_back({"all", state, 0});
  }
  for (const auto* state : {"active", "reconsent", "erasing", "erased"}) {
    nothing.members_by_state.emplace_back(state, 0);
  }
  for (const PayerName& payer : payers) {
    nothing.grants_stopped.emplace_back(payer.str(), false);
  }
  nothing.consents_ending = {{"7d", 0}, {"30d", 0}};
  nothing.pauses = {{"all", 0}, {"lane", 0}, {"payer", 0}, {"member", 0}};
  nothing.batch_jobs = {{"left", 0}, {"queued", 0}};
  nothing.freshness = nobody_within(freshness_bounds_seconds);
  nothing.consent_remaining = nobody_within(consent_bounds_seconds);
  set(nothing);
  for (Gauges* family :
       {&redis_up_, &redis_latency_, &redis_memory_used_, &redis_memory_max_, &redis_evicted_keys_,
        &redis_noeviction_, &redis_aof_enabled_, &redis_persistence_ok_}) {
    put(*family, 0);
  }
}

void QueueGauges::set(const QueueSnapshot& snapshot) {
  for (const auto& [lane, state, jobs] : snapshot.depths) {
    put(jobs_, {{"lane", std::string(lane)}, {"state", std::string(state)}}, jobs);
  }
  for (const auto& [lane, waited] : snapshot.oldest_job_seconds) {
    put(oldest_job_, {{"lane", lane}}, waited);
  }
  for (const auto& [state, count] : snapshot.members_by_state) {
    put(members_, {{"state", state}}, count);
  }
  for (const auto& [payer, stopped] : snapshot.grants_stopped) {
    put(grants_stopped_, {{"payer", payer}}, stopped ? 1 : 0);
  }
  for (const auto& [within, count] : snapshot.consents_ending) {
    put(consents_ending_, {{"within", within}}, count);
  }
  for (const auto& [scope, count] : snapshot.pauses) {
    put(pauses_, {{"scope", scope}}, count);
  }
  for (const auto& [state, count] : snapshot.batch_jobs) {
    put(batch_jobs_, {{"state", state}}, count);
  }
  put(batches_, snapshot.batches);
  put(members_due_, snapshot.members_due);
  put(audit_undrained_, snapshot.audit_undrained);
  put(erasures_overdue_, snapshot.erasures_overdue);
  put(workers_, snapshot.workers);
  put(desired_workers_, snapshot.desired_workers);
  put(drain_eta_, snapshot.drain_eta_seconds);
  freshness_.set(snapshot.freshness);
  consent_remaining_.set(snapshot.consent_remaining);
}

void QueueGauges::forget_queue() {
  for (Gauges* family : {&jobs_, &oldest_job_, &members_, &members_due_, &grants_stopped_,
                         &consents_ending_, &pauses_, &batches_, &batch_jobs_, &audit_undrained_,
                         &erasures_overdue_, &workers_, &desired_workers_, &drain_eta_}) {
    blank(*family);
  }
}

void QueueGauges::set(const RedisSnapshot& snapshot) {
  put(redis_up_, snapshot.is_up ? 1 : 0);
  if (!snapshot.is_up) {
    return;
  }
  put(redis_latency_, snapshot.latency_seconds);
  put(redis_memory_used_, snapshot.memory_used_bytes);
  put(redis_memory_max_, snapshot.memory_max_bytes);
  put(redis_evicted_keys_, snapshot.evicted_keys);
  put(redis_noeviction_, snapshot.never_evicts ? 1 : 0);
  put(redis_aof_enabled_, snapshot.is_aof_on ? 1 : 0);
  put(redis_persistence_ok_, snapshot.is_persisting ? 1 : 0);
}

std::vector<prometheus::MetricFamily> QueueGauges::collect_snapshots() const {
  auto families = freshness_.Collect();
  for (auto& family : consent_remaining_.Collect()) {
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace claimferry::telemetry
