// KeyspaceLockstep: the same commands to a real Redis and to the in-memory one, replies compared.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/redis/tcp_client.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::contract {

using redis::Reply;

inline std::int64_t now_us() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

inline std::string printed(const Reply& reply) {
  if (const auto* number = reply.integer()) {
    return std::to_string(*number);
  }
  if (const auto* text = reply.text()) {
    return '"' + *text + '"';
  }
  if (const auto* error = reply.error()) {
    return "error " + error->text;
  }
  if (reply.is_nil()) {
    return "nil";
  }
  std::string out = "[";
  for (const Reply& item : *reply.array()) {
    out += ' ' + printed(item);
  }
  return out + " ]";
}

inline std::string printed(const redis::Command& command) {
  std::string out;
  for (const std::string& word : command) {
    out += '\'' + word + "' ";
  }
  return out;
}

class KeyspaceLockstep : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (RedisServer::available()) {
      server_ = std::make_unique<RedisServer>();
      server_->start();
    }
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    real_ = std::make_unique<redis::TcpClient>(executor_of(io_), server_->endpoint(), random_);
    ask_real({"FLUSHALL"});
    ask_real({"FUNCTION", "FLUSH"});  // no part of the data, as FLUSHALL sees it
  }

  Reply ask_real(redis::Command command) {
    auto reply = run(io_, real_->command(std::move(command)));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? *reply : Reply{};
  }
  static inline std::unique_ptr<RedisServer> server_;
  boost::asio::io_context io_;
  SystemRandom random_;
  std::unique_ptr<redis::TcpClient> real_;
  world::MemoryRedisServer memory_{now_us};
};

}  // namespace claimferry::contract
