// The whole content of a Redis in the canonical text of world::Keyspace::dump(), so that the two
// can be compared.
#pragma once

#include <string>

#include "common/redis/client.hpp"

namespace claimferry::contract {

// Throws std::runtime_error when Redis does not answer. skip: a key that is the test's own.
awaitable<std::string> dump(redis::Client& redis, std::string skip = "");

}  // namespace claimferry::contract
