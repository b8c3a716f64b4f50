// Session against a real Redis, over both kinds of socket.
#include <gtest/gtest.h>

#include "common/redis/session.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::redis {
namespace {

using contract::RedisServer;

Reply text(std::string value) {
  return Reply{std::move(value)};
}
const Reply ok = text("OK");
const Reply queued = text("QUEUED");

class RedisSessionContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_.start();
  }

  Endpoint endpoint() const {
    return std::string_view(GetParam()) == "tcp" ? server_.tcp_endpoint() : server_.endpoint();
  }
  Session session() {
    return contract::run(io_, Session::open(executor_of(io_), endpoint())).value();
  }
  Result<Reply> ask(Session& session, Command command) {
    return contract::run(io_, session.command(std::move(command)));
  }

  RedisServer server_;
  boost::asio::io_context io_;
};

TEST_P(RedisSessionContract, AnswersCommandsOverOneConnection) {
  Session redis = session();
  const Reply id = *ask(redis, {"CLIENT", "ID"});
  EXPECT_EQ(*ask(redis, {"SET", "key", "value"}), ok);
  EXPECT_EQ(*ask(redis, {"GET", "key"}), text("value"));
  EXPECT_TRUE(ask(redis, {"LPUSH", "key", "x"})->error()->text.starts_with("WRONGTYPE"));
  EXPECT_EQ(*ask(redis, {"CLIENT", "ID"}), id);
}

TEST_P(RedisSessionContract, ACutConnectionFailsEveryFurtherCommand) {
  Session redis = session();
  Session other = session();
  EXPECT_EQ(*ask(redis, {"WATCH", "key"}), ok);
  const std::int64_t id = *ask(redis, {"CLIENT", "ID"})->integer();
  EXPECT_EQ(*ask(other, {"CLIENT", "KILL", "ID", std::to_string(id)}), Reply{std::int64_t{1}});
  for (const std::string word : {"MULTI", "EXEC", "PING"}) {
    const auto failed = ask(redis, {word});
    ASSERT_FALSE(failed.ok()) << word;
    EXPECT_EQ(failed.failure().kind, FailureKind::local);
  }
  EXPECT_FALSE(redis.alive());
  const auto clients = ask(other, {"INFO", "clients"});
  EXPECT_NE(clients->text()->find("connected_clients:1\r\n"), std::string::npos);
}

TEST_P(RedisSessionContract, ATransactionRunsWhenNobodyWroteWhatItWatches) {
  Session redis = session();
  EXPECT_EQ(*ask(redis, {"WATCH", "key"}), ok);
  EXPECT_EQ(*ask(redis, {"MULTI"}), ok);
  EXPECT_EQ(*ask(redis, {"SET", "key", "mine"}), queued);
  EXPECT_EQ(*ask(redis, {"EXEC"}), Reply{Reply::Array{ok}});
}

TEST_P(RedisSessionContract, ATransactionSeesTheWriteOfAnother) {
  Session redis = session();
  Session other = session();
  EXPECT_EQ(*ask(redis, {"WATCH", "key"}), ok);
  EXPECT_EQ(*ask(redis, {"MULTI"}), ok);
  EXPECT_EQ(*ask(redis, {"SET", "key", "mine"}), queued);
  EXPECT_EQ(*ask(other, {"SET", "key", "theirs"}), ok);
  EXPECT_EQ(*ask(redis, {"EXEC"}), Reply{});
  EXPECT_EQ(*ask(redis, {"GET", "key"}), text("theirs"));
}

TEST_P(RedisSessionContract, RedisForgetsItsClientWhenTheSessionGoes) {
  std::optional<Session> redis = session();
  const std::int64_t id = *ask(*redis, {"CLIENT", "ID"})->integer();
  redis.reset();
  Session other = session();
  // The end of a connection arrives in its time.
  Reply found = *ask(other, {"CLIENT", "LIST", "ID", std::to_string(id)});
  for (int attempt = 0; attempt < 1'000 && !found.text()->empty(); ++attempt) {
    found = *ask(other, {"CLIENT", "LIST", "ID", std::to_string(id)});
  }
  EXPECT_EQ(*found.text(), "");
}

INSTANTIATE_TEST_SUITE_P(Sockets, RedisSessionContract, testing::Values("tcp", "unix"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace claimferry::redis
