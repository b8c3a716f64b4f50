// The in-memory keyspace against a real Redis: random commands and fragments of Lua on both, every
// reply and the whole content compared. CLAIMFERRY_SEED=n runs one seed.
#include <chrono>
#include <cstdlib>

#include <gtest/gtest.h>

#include "common/redis/tcp_client.hpp"
#include "tests/contract/random_commands.hpp"
#include "tests/contract/random_fragments.hpp"
#include "tests/contract/redis_dump.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::contract {
namespace {

using redis::Reply;

constexpr std::uint64_t seeds = 20;
constexpr int commands_a_seed = 2'000;
constexpr int commands_a_dump = 100;
constexpr double seconds_apart = 30;  // of a machine under load; expiries are 1,000 s away
constexpr int fragments_a_seed = 1'000;

std::int64_t now_us() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::string printed(const Reply& reply) {
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

std::string printed(const redis::Command& command) {
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
    real_ = std::make_unique<redis::TcpClient>(io_.get_executor(), server_->endpoint(), random_);
    ask_real({"FLUSHALL"});
  }

  Reply ask_real(redis::Command command) {
    auto reply = run(io_, real_->command(std::move(command)));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? *reply : Reply{};
  }
  // Both answers must be equal; the time in a stream entry's id is Redis' own.
  void in_lockstep(const redis::Command& command) {
    const Reply real = in_canonical_order(command, ask_real(command));
    const Reply memory = in_canonical_order(command, memory_.execute(command));
    const bool both_count = real.integer() != nullptr && memory.integer() != nullptr;
    if (command[0] == "TTL" && both_count && *real.integer() > 0) {
      // Asked one after the other, with a second's turn between the two perhaps.
      EXPECT_NEAR(static_cast<double>(*memory.integer()), static_cast<double>(*real.integer()),
                  seconds_apart);
      return;
    }
    if (command[0] == "XADD" && real.text() != nullptr && memory.text() != nullptr) {
      return;
    }
    EXPECT_EQ(printed(memory), printed(real)) << printed(command);
  }

  static inline std::unique_ptr<RedisServer> server_;
  boost::asio::io_context io_;
  SystemRandom random_;
  std::unique_ptr<redis::TcpClient> real_;
  world::MemoryRedisServer memory_{now_us};
};

class RandomCommands : public KeyspaceLockstep,
                       public testing::WithParamInterface<std::uint64_t> {};

TEST_P(RandomCommands, AnswerAndLeaveTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  SeededRandom random(seed);
  for (int step = 0; step < commands_a_seed && !HasFailure(); ++step) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    in_lockstep(random_command(random));
    if (step % commands_a_dump == 0) {
      EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_)));
    }
  }
  EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_)));
}

class RandomFragments : public RandomCommands {};

TEST_P(RandomFragments, AnswerAndLeaveTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  SeededRandom random(seed);
  for (int step = 0; step < fragments_a_seed && !HasFailure(); ++step) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    const redis::Command fragment = random_fragment(random);
    const Reply real = without_places(ask_real(fragment));
    const Reply memory = without_places(memory_.execute(fragment));
    EXPECT_EQ(printed(memory), printed(real)) << fragment[1];
    if (step % commands_a_dump == 0) {
      EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_))) << fragment[1];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFragments, testing::Range<std::uint64_t>(1, seeds + 1));
INSTANTIATE_TEST_SUITE_P(Seeds, RandomCommands, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace claimferry::contract
