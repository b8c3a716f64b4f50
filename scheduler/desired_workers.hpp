// How many worker processes are of use: what an autoscaler asks. More of them never help against a
// payer's limit, so the quota bounds what the backlog asks for. Pure.
#pragma once

#include <cstdint>

#include "common/config/config.hpp"
#include "common/queue/adapter/job_queue.hpp"

namespace claimferry::scheduler {

// One at least, and in all the sum over payers of the smaller of two:
// - for the backlog: jobs that run, wait or are due, and that no pause holds back, over
//   worker.slots;
// - for the quota: by Little's law, requests a second that the payer grants, each under way for a
//   second, over worker.requests_in_flight_max; a payer that asked for quiet or whose breaker is
//   open counts for one request. No bound where its limit is not known.
std::uint64_t desired_workers(const queue::QueueStats& stats, const config::WorkerConfig& worker);

}  // namespace claimferry::scheduler
