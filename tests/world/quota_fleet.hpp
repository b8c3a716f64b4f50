// QuotaFleet: the shards of a fleet that do nothing but ask a payer, in virtual time: the shipped
// PayerQuota and Lua against the sandbox's own rate limits. For what takes minutes: how soon a
// limit is found, how much of it is used, who gets it.
#pragma once

#include <vector>

#include "common/quota/adapter/fleet_quota.hpp"
#include "tests/sandbox/model/limit_settings.hpp"

namespace claimferry::world {

struct QuotaFleetOptions {
  std::uint64_t seed = 1;
  unsigned shards = 1;
  unsigned in_flight = 32;  // of a shard
  quota::Profile profile;
  sandbox::LimitSettings limit;
  Duration lasts = std::chrono::minutes(1);
  Duration latency = std::chrono::milliseconds(30);     // of the payer
  Duration redis_takes = std::chrono::milliseconds(1);  // each way
  // Requests that a shard has waiting at any time, by lane.
  quota::ByUse<unsigned> demand = {};
  // For all lanes: the last so many seconds of each minute without any.
  Duration idle_of_a_minute = Duration::zero();
};

struct QuotaSecond {
  unsigned granted = 0;  // by the payer
  unsigned refused = 0;  // 429
  double truth = 0;      // what it would have granted at most
  double rate = 0;       // that the quota had in force, at the end
  unsigned redis_calls = 0;
  quota::ByUse<unsigned> by_use = {};  // requests
};

struct QuotaRun {
  std::vector<QuotaSecond> seconds;
  unsigned during_quiet = 0;       // requests more than 250 ms after a 429, before its Retry-After
  double started_above_bound = 0;  // of requests: beyond rate × time + burst + leased, at the worst
  // Sums over [from, to).
  QuotaSecond sum(Duration from, Duration to) const;
};

QuotaRun run_quota_fleet(const QuotaFleetOptions& options);

}  // namespace claimferry::world
