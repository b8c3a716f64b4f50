#include "common/redis/script.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::redis {
namespace {

// Answers from a list, and remembers what it was asked.
class ListedAnswers final : public Client {
 public:
  std::vector<Result<Reply>> answers;
  std::vector<Command> asked;

  awaitable<Result<Reply>> command(Command command) override {
    asked.push_back(std::move(command));
    co_return answers.at(asked.size() - 1);
  }
  awaitable<Result<Reply>> blocking_command(Command command, Duration) override {
    return this->command(std::move(command));
  }
};

awaitable<void> call_once(Client& client, const Script& script, std::optional<Result<Reply>>& out) {
  std::vector<std::string> keys{"k1", "k2"};
  std::vector<std::string> arguments{"a"};
  out = co_await call(client, script, std::move(keys), std::move(arguments));
}

Result<Reply> call_once(Client& client, const Script& script) {
  boost::asio::io_context io;
  std::optional<Result<Reply>> result;
  contract::start(io, call_once(client, script, result));
  io.run();
  return *result;
}

const Command by_hash{"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "2", "k1", "k2", "a"};
const Command by_text{"EVAL", "return 1", "2", "k1", "k2", "a"};

TEST(Script, IsKnownByTheSha1OfItsText) {
  EXPECT_EQ(Script("one", "return 1").sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

TEST(Script, IsCalledByItsHash) {
  ListedAnswers redis;
  redis.answers = {Reply{std::int64_t{1}}};
  const Script script("one", "return 1");
  EXPECT_EQ(*call_once(redis, script), Reply{std::int64_t{1}});
  EXPECT_EQ(redis.asked, std::vector<Command>{by_hash});
}

TEST(Script, IsSentWholeWhenRedisDoesNotKnowIt) {
  ListedAnswers redis;
  redis.answers = {Reply{Error{"NOSCRIPT No matching script. Please use EVAL."}},
                   Reply{std::int64_t{1}}};
  const Script script("one", "return 1");
  EXPECT_EQ(*call_once(redis, script), Reply{std::int64_t{1}});
  const std::vector<Command> expected{by_hash, by_text};
  EXPECT_EQ(redis.asked, expected);
}

TEST(Script, LeavesOtherErrorsAndFailuresToItsCaller) {
  ListedAnswers redis;
  redis.answers = {Reply{Error{"LEASE_LOST"}}, Failure{FailureKind::local, "redis_timeout", ""}};
  const Script script("one", "return 1");
  EXPECT_EQ(*call_once(redis, script), Reply{Error{"LEASE_LOST"}});
  EXPECT_EQ(call_once(redis, script).failure().code, "redis_timeout");
  EXPECT_EQ(redis.asked.size(), 2U);
}

}  // namespace
}  // namespace claimferry::redis
