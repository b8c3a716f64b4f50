// The operators' functions in Redis, brought there by whoever needs them.
#pragma once

#include "common/queue/adapter/function_library.hpp"
#include "common/redis/endpoint.hpp"
#include "scheduler/ctl/local_run.hpp"

namespace claimferry::ctl {

// Loads this release's, unless a newer one's are there; the failures are FunctionLibrary's.
Result<queue::FunctionLibrary::Outcome> ensure_library(LocalRun& local, redis::Endpoint endpoint);

}  // namespace claimferry::ctl
