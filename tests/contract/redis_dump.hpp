// The whole content of a Redis in the canonical text of world::Keyspace::dump(), so that the two
// can be compared.
#pragma once

#include <functional>
#include <string>

#include "common/redis/client.hpp"

namespace claimferry::contract {

// Throws std::runtime_error when Redis does not answer.
awaitable<std::string> dump(redis::Client& redis);

// The same, legible, and each value as `print` says it: a hash's by field, a sorted set's score by
// member, a string or an item of a list or set with an empty field.
using Print = std::function<std::string(const std::string& key, const std::string& field,
                                        const std::string& value)>;
awaitable<std::string> dump_as(redis::Client& redis, Print print);

}  // namespace claimferry::contract
