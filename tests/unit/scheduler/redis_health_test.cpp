#include "scheduler/redis_health.hpp"

#include <gtest/gtest.h>

namespace claimferry::scheduler {
namespace {

std::string info(const std::string& aof_status, const std::string& policy) {
  return "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nmaxmemory:2097152\r\n"
         "maxmemory_policy:" +
         policy +
         "\r\n# Persistence\r\nrdb_last_bgsave_status:ok\r\naof_enabled:1\r\n"
         "aof_last_bgrewrite_status:ok\r\naof_last_write_status:" +
         aof_status + "\r\n# Stats\r\nevicted_keys:3\r\n";
}

TEST(RedisHealth, IsReadOutOfInfo) {
  const auto redis = redis_snapshot(info("ok", "noeviction"));
  EXPECT_TRUE(redis.is_up);
  EXPECT_EQ(redis.memory_used_bytes, 1'048'576U);
  EXPECT_EQ(redis.memory_max_bytes, 2'097'152U);
  EXPECT_EQ(redis.evicted_keys, 3U);
  EXPECT_TRUE(redis.never_evicts);
  EXPECT_TRUE(redis.is_aof_on);
  EXPECT_TRUE(redis.is_persisting);
}

TEST(RedisHealth, ALogThatCannotBeWrittenIsNoPersistence) {
  EXPECT_FALSE(redis_snapshot(info("err", "noeviction")).is_persisting);
  EXPECT_FALSE(redis_snapshot(info("ok", "allkeys-lru")).never_evicts);
}

TEST(RedisHealth, WhatInfoDoesNotSayIsTakenForTheWorst) {
  const auto redis = redis_snapshot("# Server\r\n");
  EXPECT_FALSE(redis.is_persisting);
  EXPECT_FALSE(redis.never_evicts);
  EXPECT_EQ(redis.memory_used_bytes, 0U);
}

}  // namespace
}  // namespace claimferry::scheduler
