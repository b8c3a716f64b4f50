// TcpClient against a real Redis, over both kinds of socket.
#include <gtest/gtest.h>

#include "common/redis/script.hpp"
#include "common/redis/tcp_client.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::redis {
namespace {

using contract::RedisServer;
using namespace std::chrono_literals;

Reply text(std::string value) {
  return Reply{std::move(value)};
}

class RedisClientContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_.start();
  }

  Endpoint endpoint() const {
    return std::string_view(GetParam()) == "tcp" ? server_.tcp_endpoint() : server_.endpoint();
  }
  TcpClient client() { return TcpClient(executor_of(io_), endpoint(), random_); }
  Result<Reply> ask(Client& client, Command command) {
    return contract::run(io_, client.command(std::move(command)));
  }

  RedisServer server_;
  boost::asio::io_context io_;
  SystemRandom random_;
};

TEST_P(RedisClientContract, AnswersEveryKindOfReply) {
  auto redis = client();
  EXPECT_EQ(*ask(redis, {"SET", "key", std::string("a\0b\r\n", 5)}), text("OK"));
  EXPECT_EQ(*ask(redis, {"GET", "key"}), text(std::string("a\0b\r\n", 5)));
  EXPECT_EQ(*ask(redis, {"GET", "none"}), Reply{});
  EXPECT_EQ(*ask(redis, {"STRLEN", "key"}), Reply{std::int64_t{5}});
  const auto wrong = ask(redis, {"LPUSH", "key", "x"});
  ASSERT_TRUE(wrong.ok());
  ASSERT_NE(wrong->error(), nullptr);
  EXPECT_TRUE(wrong->error()->text.starts_with("WRONGTYPE"));
  const auto nested = ask(redis, {"EVAL", "return {1, {'two', {3}}, false, {}}", "0"});
  const Reply three{Reply::Array{Reply{std::int64_t{3}}}};
  const Reply inner{Reply::Array{text("two"), three}};
  const Reply expected{Reply::Array{Reply{std::int64_t{1}}, inner, Reply{}, Reply{Reply::Array{}}}};
  EXPECT_EQ(*nested, expected);
}

awaitable<void> increment(TcpClient& redis, int times, int& answered) {
  for (int at = 0; at < times; ++at) {
    Command command{"INCR", "counter"};
    const auto reply = co_await redis.command(std::move(command));
    answered += reply.ok() && reply->integer() != nullptr ? 1 : 0;
  }
}

TEST_P(RedisClientContract, CarriesTheCommandsOfManyCoroutinesOverOneConnection) {
  auto redis = client();
  int answered = 0;
  for (int coroutine = 0; coroutine < 100; ++coroutine) {
    contract::start(io_, increment(redis, 20, answered));
  }
  while (answered < 2'000 && io_.run_one() > 0) {
  }
  EXPECT_EQ(answered, 2'000);
  EXPECT_EQ(*ask(redis, {"GET", "counter"}), text("2000"));
  const auto clients = ask(redis, {"INFO", "clients"});
  EXPECT_NE(clients->text()->find("connected_clients:1\r\n"), std::string::npos);
}

TEST_P(RedisClientContract, CarriesMegabytesInBothDirections) {
  auto redis = client();
  const std::string large(5 * limits::MiB, 'x');
  EXPECT_EQ(*ask(redis, {"SET", "large", large}), text("OK"));
  EXPECT_EQ(*ask(redis, {"GET", "large"}), text(large));
}

TEST_P(RedisClientContract, SendsAScriptAgainWhenRedisForgotIt) {
  auto redis = client();
  const Script script("sum", "return tonumber(ARGV[1]) + redis.call('INCR', KEYS[1])");
  const Reply first{std::int64_t{41}};
  EXPECT_EQ(*contract::run(io_, call(redis, script, {"n"}, {"40"})), first);
  EXPECT_EQ(*ask(redis, {"SCRIPT", "EXISTS", script.sha1()}),
            Reply{Reply::Array{Reply{std::int64_t{1}}}});
  EXPECT_EQ(*ask(redis, {"SCRIPT", "FLUSH"}), text("OK"));
  const Reply second{std::int64_t{42}};
  EXPECT_EQ(*contract::run(io_, call(redis, script, {"n"}, {"40"})), second);
}

TEST_P(RedisClientContract, ComesBackByItselfAfterRedisRestarted) {
  auto redis = client();
  EXPECT_EQ(*ask(redis, {"SET", "key", "value"}), text("OK"));
  server_.kill();
  Result<Reply> away = ask(redis, {"GET", "key"});
  ASSERT_FALSE(away.ok());
  EXPECT_EQ(away.failure().kind, FailureKind::local);
  server_.start();
  // A restarted Redis may still be found gone once: the old connection's end arrives in its time.
  Result<Reply> back = ask(redis, {"PING"});
  for (int attempt = 0; attempt < 10 && !back.ok(); ++attempt) {
    back = ask(redis, {"PING"});
  }
  EXPECT_EQ(*back, text("PONG"));
}

awaitable<void> pop(TcpClient& redis, std::optional<Result<Reply>>& popped) {
  Command command{"BLPOP", "list", "10"};
  popped = co_await redis.blocking_command(std::move(command), 15s);
}

TEST_P(RedisClientContract, ABlockingCommandHoldsUpNoOther) {
  auto redis = client();
  std::optional<Result<Reply>> popped;
  contract::start(io_, pop(redis, popped));
  EXPECT_EQ(*ask(redis, {"PING"}), text("PONG"));
  EXPECT_FALSE(popped.has_value());
  EXPECT_EQ(*ask(redis, {"LPUSH", "list", "hint"}), Reply{std::int64_t{1}});
  while (!popped && io_.run_one() > 0) {
  }
  const Reply expected{Reply::Array{text("list"), text("hint")}};
  EXPECT_EQ(**popped, expected);
}

TEST_P(RedisClientContract, SpeaksToTheDatabaseThatTheUrlNames) {
  Endpoint third = endpoint();
  third.database = 3;
  TcpClient redis(executor_of(io_), third, random_);
  EXPECT_EQ(*ask(redis, {"SET", "key", "value"}), text("OK"));
  auto first = client();
  EXPECT_EQ(*ask(first, {"EXISTS", "key"}), Reply{std::int64_t{0}});

  Endpoint absent = endpoint();
  absent.database = 999;
  TcpClient lost(executor_of(io_), absent, random_);
  const auto refused = ask(lost, {"PING"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "redis_refused");
}

TEST_P(RedisClientContract, PresentsItsCredentialsAndNeverPrintsThem) {
  auto open = client();
  EXPECT_EQ(*ask(open, {"ACL", "SETUSER", "ferry", "on", ">sesame", "~*", "+@all"}), text("OK"));
  EXPECT_EQ(*ask(open, {"CONFIG", "SET", "requirepass", "other"}), text("OK"));

  Endpoint named = endpoint();
  named.username = "ferry";
  named.password = Secret("sesame");
  TcpClient ferry(executor_of(io_), named, random_);
  EXPECT_EQ(*ask(ferry, {"ACL", "WHOAMI"}), text("ferry"));

  Endpoint wrong = named;
  wrong.password = Secret("not-sesame");
  TcpClient stranger(executor_of(io_), wrong, random_);
  const auto refused = ask(stranger, {"PING"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "redis_refused");
  EXPECT_EQ(refused.failure().detail.find("sesame"), std::string::npos);
  EXPECT_NE(refused.failure().detail.find("redis.password_file"), std::string::npos);

  auto anonymous = client();
  const auto unknown = ask(anonymous, {"PING"});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.failure().code, "redis_refused");
}

INSTANTIATE_TEST_SUITE_P(Sockets, RedisClientContract, testing::Values("tcp", "unix"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace claimferry::redis
