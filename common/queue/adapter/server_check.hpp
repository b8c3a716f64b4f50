// check_server: refuses a Redis on which the queue's promises would not hold.
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

// The value of a line "name:value" of INFO's text; empty when absent.
std::string info_value(const std::string& info, const std::string& name);

// permanent: redis_too_old, redis_evicts, redis_schema, each with what, where and how to fix it.
awaitable<Result<void>> check_server(redis::Client& redis);

}  // namespace claimferry::queue
