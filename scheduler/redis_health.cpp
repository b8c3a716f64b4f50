#include "scheduler/redis_health.hpp"

#include <charconv>

#include "common/queue/adapter/server_check.hpp"

namespace claimferry::scheduler {
namespace {

std::uint64_t number_of(const std::string& info, const std::string& name) {
  const std::string text = queue::info_value(info, name);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

telemetry::RedisSnapshot redis_snapshot(const std::string& info) {
  telemetry::RedisSnapshot snapshot;
  snapshot.is_up = true;
  snapshot.memory_used_bytes = number_of(info, "used_memory");
  snapshot.memory_max_bytes = number_of(info, "maxmemory");
  snapshot.evicted_keys = number_of(info, "evicted_keys");
  snapshot.never_evicts = queue::info_value(info, "maxmemory_policy") == "noeviction";
  snapshot.is_aof_on = queue::info_value(info, "aof_enabled") == "1";
  const auto is_ok = [&info](const std::string& name) {
    return queue::info_value(info, name) == "ok";
  };
  snapshot.is_persisting = is_ok("rdb_last_bgsave_status") && is_ok("aof_last_write_status") &&
                           is_ok("aof_last_bgrewrite_status");
  return snapshot;
}

awaitable<telemetry::RedisSnapshot> look_at_redis(redis::Client& redis) {
  redis::Command info{"INFO"};
  const auto reply = co_await redis.command(std::move(info));
  if (!reply || reply->text() == nullptr) {
    co_return telemetry::RedisSnapshot();
  }
  co_return redis_snapshot(*reply->text());
}

}  // namespace claimferry::scheduler
