#include "tests/bench/queue_memory.hpp"

#include "tests/bench/queue_load.hpp"
#include "tests/bench/redis_gauge.hpp"

namespace claimferry::bench {
namespace {

// The history is bounded and no member's: what it holds would be counted to those who are idle.
constexpr const char* forget_history = R"(
local root = KEYS[1]
for _, job in ipairs(redis.call('ZRANGE', root .. ':done', 0, -1)) do
  redis.call('DEL', root .. ':job:' .. job)
end
redis.call('DEL', root .. ':done')
return 1
)";

double used_memory(const contract::RedisServer& server) {
  // What an event loop's turn had waiting for the log, which is no data.
  const double waiting = info_number(server, "memory", "mem_aof_buffer");
  return info_number(server, "memory", "used_memory") - waiting;
}

void drain(const contract::RedisServer& server, std::size_t queued) {
  QueueLoad load;
  load.queued = queued;
  load.listens = false;
  carry(server.endpoint(), load);
  redis_cli(server, {"EVAL", forget_history, "1", "cf:{0}"});
}

}  // namespace

QueueMemory measure_queue_memory(std::size_t members) {
  contract::RedisServer server({"--appendonly", "yes", "--appendfsync", "everysec"});
  server.start();
  add_members(server.endpoint(), 1, members);  // scripts and the few keys that are there once
  drain(server, 1);
  const auto count = static_cast<double>(members);
  const double before = used_memory(server);
  add_members(server.endpoint(), members);
  const double with_jobs = used_memory(server);
  drain(server, members);
  const double idle = used_memory(server);
  enqueue_for_members(server.endpoint(), members);
  const double with_next_jobs = used_memory(server);
  return {(with_jobs - before) / count, (idle - before) / count, (with_next_jobs - idle) / count};
}

}  // namespace claimferry::bench
