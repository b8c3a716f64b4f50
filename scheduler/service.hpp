// Service: the scheduler process: its loop, what it tells of the queue, its admin port, its end.
#pragma once

#include "common/program/program.hpp"

namespace claimferry::scheduler {

// Until SIGTERM; answers the exit status. Throws std::runtime_error for what it cannot begin
// without.
int run_service(const program::Invocation& invocation);

}  // namespace claimferry::scheduler
