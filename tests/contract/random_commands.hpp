// Random Redis commands over a few keys and arguments, so that they meet: mostly sensible, some of
// the wrong type, some malformed.
#pragma once

#include "common/base/random.hpp"
#include "common/redis/client.hpp"

namespace claimferry::contract {

redis::Command random_command(Random& random);

// Puts a reply whose order Redis does not promise (HGETALL, SMEMBERS, KEYS, SCAN, …) into one.
redis::Reply in_canonical_order(const redis::Command& command, redis::Reply reply);

}  // namespace claimferry::contract
