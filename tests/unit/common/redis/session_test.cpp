#include "common/redis/session.hpp"

#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/redis/fake_server.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using Answers = std::vector<Result<Reply>>;
using Opened = std::optional<Result<Session>>;

awaitable<void> open(Executor executor, Endpoint endpoint, Duration deadline, Opened& opened) {
  opened.emplace(co_await Session::open(std::move(executor), std::move(endpoint), deadline));
}

awaitable<void> open_until(StopSource& stop, Executor executor, Endpoint endpoint, Opened& opened) {
  auto operation = Session::open(std::move(executor), std::move(endpoint));
  opened.emplace(co_await interruptible(stop, std::move(operation)));
}

awaitable<void> ask(awaitable<Result<Reply>> command, Answers& answers) {
  answers.push_back(co_await std::move(command));
}

awaitable<void> ask_until(StopSource& stop, awaitable<Result<Reply>> command, Answers& answers) {
  answers.push_back(co_await interruptible(stop, std::move(command)));
}

std::optional<std::string> echo(const Command& command) {
  return "+" + command.back() + "\r\n";
}

class SessionTest : public testing::Test {
 protected:
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      ASSERT_GT(io_.run_one_for(10s), 0U) << "nothing happens any more";
    }
  }
  Result<Session> try_to_open(Duration deadline = 20s) {
    Opened opened;
    contract::start(io_, open(executor_of(io_), server_.endpoint(), deadline, opened));
    run_until([&] { return opened.has_value(); });
    return *std::move(opened);
  }
  Session session(Duration deadline = 20s) { return try_to_open(deadline).value(); }
  void start(awaitable<Result<Reply>> command) {
    contract::start(io_, ask(std::move(command), answers_));
  }
  Result<Reply> ask_once(Session& session, Command command) {
    answers_.clear();
    start(session.command(std::move(command)));
    run_until([this] { return !answers_.empty(); });
    return answers_.at(0);
  }
  void expect_over(Session& session) {
    const std::size_t sent = server_.received.size();
    EXPECT_FALSE(session.alive());
    for (int at = 0; at < 3; ++at) {
      const auto refused = ask_once(session, {"GET", "key"});
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.failure().kind, FailureKind::local);
      EXPECT_EQ(refused.failure().code, "redis_unreachable");
      EXPECT_TRUE(refused.failure().detail.starts_with(server_.endpoint().str()));
    }
    io_.poll();
    EXPECT_EQ(server_.received.size(), sent);
    EXPECT_EQ(server_.connections, 1U);
  }

  boost::asio::io_context io_;
  FakeServer server_{io_};
  Answers answers_;
};

TEST_F(SessionTest, EndsWhereTheNodeNoLongerServesTheKeys) {
  for (const char* word : {"READONLY", "MOVED 1 127.0.0.1:1", "ASK 1 127.0.0.1:1"}) {
    server_.handler = [word](const Command&) { return "-" + std::string(word) + "\r\n"; };
    auto conversation = session();
    const auto answer = ask_once(conversation, {"WATCH", "key"});
    ASSERT_FALSE(answer.ok()) << word;
    EXPECT_EQ(answer.failure().kind, FailureKind::local);
    EXPECT_EQ(answer.failure().code, "redis_unreachable");
    EXPECT_FALSE(conversation.alive());
  }
}

TEST_F(SessionTest, GreetsOnceAndSendsEverythingOverOneConnection) {
  server_.handler = echo;
  Session session = this->session();
  for (const std::string word : {"one", "two", "three"}) {
    EXPECT_EQ(*ask_once(session, {"ECHO", word}), Reply{word});
  }
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(SessionTest, AnErrorReplyIsAnAnswerAndEndsNothing) {
  server_.handler = [](const Command&) { return "-WRONGTYPE no\r\n"; };
  Session session = this->session();
  EXPECT_NE(ask_once(session, {"GET", "key"})->error(), nullptr);
  EXPECT_TRUE(session.alive());
}

TEST_F(SessionTest, NeverReconnectsOnceItsConnectionIsLost) {
  Session session = this->session();
  start(session.command({"WATCH", "key"}));
  run_until([this] { return server_.received.size() == 1; });
  server_.disconnect();
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().code, "redis_disconnected");
  server_.handler = echo;
  expect_over(session);
}

TEST_F(SessionTest, IsOverAfterADeadlineThatWasMissed) {
  Session session = this->session();
  start(session.command({"GET", "key"}, 30ms));
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().code, "redis_timeout");
  expect_over(session);
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(SessionTest, KeepsAShorterDeadlineBehindALongerOne) {
  Session session = this->session();
  start(session.command({"GET", "slow"}));
  start(session.command({"GET", "urgent"}, 30ms));
  run_until([this] { return answers_.size() == 2; });
  EXPECT_EQ(answers_[0].failure().code, "redis_timeout");
  EXPECT_EQ(answers_[1].failure().code, "redis_timeout");
}

TEST_F(SessionTest, IsOverWhenTheWaitForAnAnswerWasCutShort) {
  Session session = this->session();
  StopSource stop;
  contract::start(io_, ask_until(stop, session.command({"MULTI"}), answers_));
  run_until([this] { return server_.received.size() == 1; });
  stop.request({FailureKind::drained, "drained", ""});
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().code, "drained");
  expect_over(session);
}

TEST_F(SessionTest, GivesUpAServerThatNeverGreetsAtTheDeadline) {
  server_.answers_ping = false;
  const auto silent = try_to_open(50ms);
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.failure().code, "redis_unreachable");
  EXPECT_NE(silent.failure().detail.find("did not accept the connection in time"),
            std::string::npos);
  run_until([this] { return server_.disconnections == 1; });
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(SessionTest, TellsWhoRefusedItAndTriesNoSecondTime) {
  server_.answers_ping = false;
  server_.handler = [](const Command&) { return "-NOAUTH Authentication required.\r\n"; };
  const auto refused = try_to_open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "redis_refused");
  run_until([this] { return server_.disconnections == 1; });
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(SessionTest, LeavesNothingOpenWhenTheWaitForItIsCutShort) {
  server_.answers_ping = false;
  StopSource stop;
  Opened opened;
  contract::start(io_, open_until(stop, executor_of(io_), server_.endpoint(), opened));
  run_until([this] { return server_.received.size() == 1; });
  stop.request({FailureKind::drained, "drained", ""});
  run_until([&] { return opened.has_value(); });
  EXPECT_EQ(opened->failure().code, "drained");
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(SessionTest, EndsItsConnectionWhenItGoesAndTellsWhoWaits) {
  std::optional<Session> session = this->session();
  start(session->command({"GET", "written"}));
  run_until([this] { return server_.received.size() == 1; });
  session.reset();
  run_until([this] { return !answers_.empty() && server_.disconnections == 1; });
  EXPECT_EQ(answers_[0].failure().code, "redis_disconnected");
}

TEST_F(SessionTest, MayBeMovedWhileACommandIsUnderWay) {
  Session first = this->session();
  start(first.command({"GET", "key"}));
  run_until([this] { return server_.received.size() == 1; });
  Session second = std::move(first);
  server_.send("+value\r\n");
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(*answers_[0], Reply{"value"});
  EXPECT_TRUE(second.alive());
  second = session();
  EXPECT_TRUE(second.alive());
  run_until([this] { return server_.disconnections == 1; });
  EXPECT_EQ(server_.connections, 2U);
}

TEST(Session, MayBeLeftWithCommandsThatNobodyFinishes) {
  Answers answers;
  Opened opened;
  Opened never_opened;
  boost::asio::io_context io;
  FakeServer server(io);
  contract::start(io, open(executor_of(io), server.endpoint(), 20s, opened));
  while (!opened && io.run_one_for(10s) > 0) {
  }
  std::optional<Session> session = *std::move(*opened);
  contract::start(io, ask(session->command({"GET", "key"}), answers));
  server.answers_ping = false;
  contract::start(io, open(executor_of(io), server.endpoint(), 20s, never_opened));
  while (server.received.size() < 2 && io.run_one_for(10s) > 0) {
  }
  EXPECT_EQ(server.received.size(), 2U);
  EXPECT_TRUE(answers.empty());
  EXPECT_FALSE(never_opened.has_value());
}

}  // namespace
}  // namespace claimferry::redis
