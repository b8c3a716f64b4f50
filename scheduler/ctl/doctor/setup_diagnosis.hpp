// What doctor's looks at our own side of the set-up mean: configuration, keys, Redis, disks, clocks
// and the time to end. Pure; setup_visit.hpp looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/claims/adapter/postgres_schema.hpp"
#include "common/config/config.hpp"
#include "common/config/problem.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/snapshot.hpp"
#include "common/vault/key_ring.hpp"
#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

// One for each mistake, or one that all is well.
std::vector<Finding> of_configuration(const std::vector<config::Problem>& problems);
Finding of_keys(const Result<vault::KeyRing>& keys, const std::string& file);

struct RedisLook {
  std::string where;    // redis.url, without credentials
  std::string version;  // of INFO
  telemetry::RedisSnapshot snapshot;
  // May the user default write? As it Redis reads its log back. Nothing: nobody may ask.
  std::optional<bool> default_may_write;
};
// What check_server() refuses, or that Redis does not answer.
Finding of_redis_trouble(const Failure& failure, const std::string& where);
// Reach, persistence and memory of a Redis that is fit.
std::vector<Finding> of_redis(const RedisLook& look);
// Redis' clock against ours, by which jobs are leased and planned.
Finding of_redis_clock(WallTime theirs, WallTime ours);
// Who leads and how many work.
Finding of_fleet(const queue::QueueStats& stats);
// The operators' functions: the version of the library, as cf_version says it; 0: it is not there.
Finding of_functions(unsigned version, unsigned ours);

// Each program's user has one of two roles, and doctor is run as any of them.
Finding of_database(const Result<claims::PostgresRights>& rights);

struct DiskLook {
  std::string what;  // "sink.path"
  std::string path;
  std::uint64_t free_bytes = 0;
  std::uint64_t bytes = 0;
};
Finding of_disk(const DiskLook& look);

// A worker's longest way to its end, beside what Kubernetes gives it
// (terminationGracePeriodSeconds).
Finding of_grace(const config::WorkerConfig& worker, Duration grace);

}  // namespace claimferry::ctl
