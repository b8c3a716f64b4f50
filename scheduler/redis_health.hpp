// RedisHealth: Redis' own state, out of its INFO, for the metrics.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/redis/client.hpp"
#include "common/telemetry/snapshot.hpp"

namespace claimferry::scheduler {

// INFO's text, all sections. What it does not say is taken for what is worst.
telemetry::RedisSnapshot redis_snapshot(const std::string& info);

// is_up is false where Redis does not answer, or not with INFO. How long that took is not told.
awaitable<telemetry::RedisSnapshot> look_at_redis(redis::Client& redis);

}  // namespace claimferry::scheduler
