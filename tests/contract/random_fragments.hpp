// Random fragments of Lua, as EVAL commands: what a script may make of numbers, nil, booleans,
// tables, status and error replies, and of the answers to commands, on its way in and out.
#pragma once

#include "common/base/random.hpp"
#include "common/redis/client.hpp"

namespace claimferry::contract {

redis::Command random_fragment(Random& random);

// An error as the two can agree on it: Redis adds where in which script. In arrays, too.
redis::Reply without_places(redis::Reply reply);

}  // namespace claimferry::contract
