// From kill -9 of a worker to the next request for the member that it held, with real processes: a
// scheduler, two workers, the payer's sandbox and a Redis of their own.
#pragma once

#include <string>

namespace claimferry::bench {

// queue: the configuration's lines of that table; empty for the defaults. The worker is killed
// after so many pages of the member, two a second: where between two heartbeats decides how much of
// the lease is left. Answers seconds. Throws std::runtime_error when the member is never asked for
// again.
double measure_recovery(const std::string& queue, long pages_before_the_kill);

}  // namespace claimferry::bench
