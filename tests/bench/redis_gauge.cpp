#include "tests/bench/redis_gauge.hpp"

#include <cstdlib>
#include <stdexcept>

#include "tests/integration/process.hpp"

namespace claimferry::bench {

std::string redis_cli(const contract::RedisServer& server, const std::vector<std::string>& words) {
  std::vector<std::string> command{"redis-cli", "-s", (server.directory() / "redis.sock").string()};
  command.insert(command.end(), words.begin(), words.end());
  return integration::run(command).text;
}

double info_number(const contract::RedisServer& server, const std::string& section,
                   const std::string& name) {
  const std::string info = redis_cli(server, {"INFO", section});
  const auto at = info.find(name);
  if (at == std::string::npos) {
    throw std::runtime_error("Redis' INFO has no " + name);
  }
  // "name:7", or "name:calls=7,…" of a command.
  return std::strtod(info.c_str() + info.find_first_of("0123456789", at + name.size()), nullptr);
}

double script_calls(const contract::RedisServer& server) {
  return info_number(server, "commandstats", "cmdstat_evalsha");
}

}  // namespace claimferry::bench
