// Service: the enrolment process: its pages and API, its admin port, its end.
#pragma once

#include "common/program/program.hpp"

namespace claimferry::enroll {

// Until SIGTERM; answers the exit status. Throws std::runtime_error for what it cannot begin
// without.
int run_service(const program::Invocation& invocation);

}  // namespace claimferry::enroll
