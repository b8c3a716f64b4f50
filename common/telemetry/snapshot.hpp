// What the queue and Redis look like from outside, as the scheduler reads them: the metrics' words
// for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace claimferry::telemetry {

using NamedCounts = std::vector<std::pair<std::string, std::uint64_t>>;
// Upper bound in seconds → members at most so far, cumulative; the last bound is infinity.
using Buckets = std::vector<std::pair<double, std::uint64_t>>;
inline constexpr double freshness_bounds_seconds[] = {3'600,      6 * 3'600,  12 * 3'600, 86'400,
                                                      2 * 86'400, 7 * 86'400, 30 * 86'400};
// As stats.lua has them, in days.
inline constexpr double consent_bounds_seconds[] = {86'400,       7 * 86'400,  14 * 86'400,
                                                    30 * 86'400,  60 * 86'400, 90 * 86'400,
                                                    180 * 86'400, 365 * 86'400};

struct QueueSnapshot {
  struct Depth {
    std::string_view lane;   // urgent, routine, backfill, or "all" where a state knows no lane
    std::string_view state;  // ready, running, delayed, dead
    std::uint64_t jobs;
  };
  std::vector<Depth> depths;
  std::vector<std::pair<std::string, double>> oldest_job_seconds;  // by lane
  NamedCounts members_by_state;
  std::uint64_t members_due = 0;
  std::vector<std::pair<std::string, bool>> grants_stopped;  // by payer
  NamedCounts consents_ending;                               // members by "7d", "30d"
  NamedCounts pauses;                                        // by kind: all, lane, payer, member
  NamedCounts batch_jobs;                                    // of open batches: left, queued
  std::uint64_t batches = 0;
  std::uint64_t audit_undrained = 0;
  std::uint64_t erasures_overdue = 0;
  std::uint64_t workers = 0;
  std::uint64_t desired_workers = 0;
  double drain_eta_seconds = 0;
  Buckets freshness;
  Buckets consent_remaining;
};

struct RedisSnapshot {
  bool is_up = false;
  double latency_seconds = 0;
  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_max_bytes = 0;  // 0: no limit
  std::uint64_t evicted_keys = 0;      // since Redis began
  bool never_evicts = false;
  bool is_aof_on = false;
  bool is_persisting = false;  // the last snapshot and the last write of the log went well
};

}  // namespace claimferry::telemetry
