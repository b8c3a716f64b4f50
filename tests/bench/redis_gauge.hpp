// What a Redis says of itself: figures of INFO.
#pragma once

#include <string>

#include "tests/contract/redis_server.hpp"

namespace claimferry::bench {

// Answers a command's reply as redis-cli prints it.
std::string redis_cli(const contract::RedisServer& server, const std::vector<std::string>& words);

// "used_memory" of section "memory". Throws std::runtime_error when it is not there.
double info_number(const contract::RedisServer& server, const std::string& section,
                   const std::string& name);

// Calls of scripts since the start.
double script_calls(const contract::RedisServer& server);

}  // namespace claimferry::bench
