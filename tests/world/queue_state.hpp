// Reads the queue's keys out of an in-memory keyspace for common/queue/invariants.hpp.
#pragma once

#include <map>
#include <string>

#include "common/queue/invariants.hpp"
#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {

queue::QueueState read_queue_state(const Keyspace& keys,
                                   const std::map<std::string, unsigned>& jobs_running_max);

}  // namespace claimferry::world
