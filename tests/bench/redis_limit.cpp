#include "tests/bench/redis_limit.hpp"

#include <chrono>
#include <stdexcept>

#include <sys/resource.h>

#include "tests/bench/redis_gauge.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::bench {
namespace {

constexpr const char* comparable_script = R"(
local root, id = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local owner = redis.call('HGET', root .. ':busy', id)
local facts = redis.call('HMGET', root .. ':job:' .. id, 'payer', 'kind', 'lane')
redis.call('HSET', root .. ':job:' .. id, 'state', 'done', 'finished_at', now, 'worker', ARGV[2])
redis.call('ZREM', root .. ':running', id)
redis.call('ZADD', root .. ':done', now, id)
redis.call('HSET', root .. ':busy', id, ARGV[2])
redis.call('ZADD', root .. ':due', now, id)
redis.call('HSET', root .. ':member:' .. id, 'next_due', now)
return 1
)";

double children_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string first_word(const std::string& text) {
  return text.substr(0, text.find_first_of(" \r\n"));
}

}  // namespace

LimitFigures run_limit(const contract::RedisServer& server, const LimitOptions& options) {
  const std::string sha1 = first_word(redis_cli(server, {"SCRIPT", "LOAD", comparable_script}));
  const double cpu_before = children_cpu_seconds();
  const auto begun = std::chrono::steady_clock::now();
  const auto output = integration::run(
      {"redis-benchmark", "-s", (server.directory() / "redis.sock").string(), "-q", "-c",
       std::to_string(options.connections), "-P", std::to_string(options.depth), "-n",
       std::to_string(options.calls), "-r", std::to_string(options.members), "EVALSHA", sha1, "1",
       "limit:{0}", "__rand_int__", "worker-0a1b2c3d-0"},
      "", std::chrono::minutes(5));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (output.status != 0 || output.text.find("requests per second") == std::string::npos) {
    throw std::runtime_error("redis-benchmark failed: " + output.text + output.errors);
  }
  return {took.count(), children_cpu_seconds() - cpu_before};
}

}  // namespace claimferry::bench
