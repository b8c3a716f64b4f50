// Service: the worker process: its shards, its admin port, its end.
#pragma once

#include "common/program/program.hpp"

namespace claimferry::worker {

// Until SIGTERM; answers the exit status. Throws std::runtime_error for what it cannot begin
// without (key file, admin port, trust anchors).
int run_service(const program::Invocation& invocation);

}  // namespace claimferry::worker
