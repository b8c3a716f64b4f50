// The content of a Redis copied into a keyspace, for whoever reads a keyspace: the invariants.
#pragma once

#include "common/redis/client.hpp"
#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::contract {

// Keys of the queue: strings, hashes and sorted sets, which are all that the invariants look at.
// Throws std::runtime_error when Redis does not answer.
awaitable<void> copy_queue(redis::Client& redis, world::Keyspace& into);

}  // namespace claimferry::contract
