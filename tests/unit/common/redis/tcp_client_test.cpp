#include "common/redis/tcp_client.hpp"

#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/redis/fake_server.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using Answers = std::vector<Result<Reply>>;

awaitable<void> ask(Client& client, Command command, Answers& answers) {
  answers.push_back(co_await client.command(std::move(command)));
}

class TcpClientTest : public testing::Test {
 protected:
  std::unique_ptr<TcpClient> make_client(TcpClientOptions options) {
    options.reconnect = Backoff{1ms, 2ms, 1ms};
    return std::make_unique<TcpClient>(executor_of(io_), server_.endpoint(), random_, options);
  }
  std::unique_ptr<TcpClient> make_client() { return make_client({.deadline = 20s}); }

  void start(Client& client, Command command) {
    contract::start(io_, ask(client, std::move(command), answers_));
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      ASSERT_GT(io_.run_one_for(10s), 0U) << "nothing happens any more";
    }
  }
  Result<Reply> ask_once(Client& client, Command command) {
    answers_.clear();
    start(client, std::move(command));
    run_until([this] { return !answers_.empty(); });
    return answers_.at(0);
  }

  boost::asio::io_context io_;
  FakeServer server_{io_};
  SeededRandom random_{1};
  Answers answers_;
};

std::optional<std::string> echo(const Command& command) {
  return "+" + command.back() + "\r\n";
}

TEST_F(TcpClientTest, SendsTheCommandsOfManyCoroutinesInOneWriteAndMatchesAnswersInOrder) {
  server_.handler = echo;
  const auto client = make_client();
  EXPECT_TRUE(ask_once(*client, {"ECHO", "warm"}).ok());
  answers_.clear();
  server_.reads.clear();
  for (int at = 0; at < 100; ++at) {
    start(*client, {"ECHO", std::to_string(at)});
  }
  run_until([this] { return answers_.size() == 100; });
  for (std::size_t at = 0; at < 100; ++at) {
    EXPECT_EQ(*answers_[at], Reply{std::to_string(at)});
  }
  EXPECT_EQ(server_.reads, std::vector<std::size_t>{100});
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(TcpClientTest, AnAnswerThatLooksLikeAMessageIsTheAnswer) {
  server_.handler = [](const Command&) { return "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nx\r\n"; };
  const auto client = make_client();
  EXPECT_EQ(ask_once(*client, {"LRANGE", "list", "0", "2"})->array()->size(), 3U);
}

TEST_F(TcpClientTest, OneAttemptToConnectServesEveryoneWhoWaits) {
  server_.handler = echo;
  const auto client = make_client();
  for (int at = 0; at < 10; ++at) {
    start(*client, {"ECHO", "x"});
  }
  run_until([this] { return answers_.size() == 10; });
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(TcpClientTest, NeverHasMoreCommandsInFlightThanItsLimit) {
  const auto client = make_client({.deadline = 20s, .in_flight_max = 2});
  for (int at = 0; at < 5; ++at) {
    start(*client, {"ECHO", std::to_string(at)});
  }
  run_until([this] { return server_.received.size() == 2; });
  io_.poll();
  EXPECT_EQ(server_.received.size(), 2U);
  server_.send("+0\r\n");
  run_until([this] { return server_.received.size() == 3; });
  io_.poll();
  EXPECT_EQ(server_.received.size(), 3U);
  server_.handler = echo;
  server_.send("+1\r\n+2\r\n");
  run_until([this] { return answers_.size() == 5; });
  for (std::size_t at = 0; at < 5; ++at) {
    EXPECT_EQ(*answers_[at], Reply{std::to_string(at)});
  }
}

TEST_F(TcpClientTest, AMissedDeadlineDropsTheConnectionAndEveryWaiterIsTold) {
  const auto client = make_client({.deadline = 50ms});
  for (int at = 0; at < 3; ++at) {
    start(*client, {"GET", "key"});
  }
  run_until([this] { return answers_.size() == 3; });
  for (const auto& answer : answers_) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.failure().kind, FailureKind::local);
    EXPECT_EQ(answer.failure().code, "redis_timeout");
    EXPECT_TRUE(answer.failure().detail.starts_with(server_.endpoint().str()));
  }
  run_until([this] { return server_.disconnections == 1; });
  server_.handler = echo;
  EXPECT_TRUE(ask_once(*client, {"ECHO", "again"}).ok());
  EXPECT_EQ(server_.connections, 2U);
}

TEST_F(TcpClientTest, AnAnswerToOneCommandDoesNotHideTheSilenceOnTheNext) {
  const auto client = make_client({.deadline = 60ms});
  server_.handler = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "GET" ? std::optional<std::string>() : "+OK\r\n";
  };
  EXPECT_TRUE(ask_once(*client, {"SET", "key", "value"}).ok());
  EXPECT_EQ(ask_once(*client, {"GET", "key"}).failure().code, "redis_timeout");
}

TEST_F(TcpClientTest, ALostConnectionTellsThatTheCommandMayHaveRun) {
  const auto client = make_client();
  start(*client, {"GET", "key"});
  run_until([this] { return server_.received.size() == 1; });
  server_.disconnect();
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().kind, FailureKind::local);
  EXPECT_EQ(answers_[0].failure().code, "redis_disconnected");
  server_.handler = echo;
  EXPECT_TRUE(ask_once(*client, {"ECHO", "again"}).ok());
}

TEST_F(TcpClientTest, WhatWasNeverWrittenIsToldApartFromWhatMayHaveRun) {
  auto client = make_client();
  start(*client, {"GET", "written"});
  run_until([this] { return server_.received.size() == 1; });
  start(*client, {"GET", "unwritten"});
  io_.poll_one();  // the command is taken; its write is the next turn's work
  client.reset();
  run_until([this] { return answers_.size() == 2; });
  EXPECT_EQ(answers_[0].failure().code, "redis_disconnected");
  EXPECT_EQ(answers_[1].failure().code, "redis_unreachable");
  EXPECT_EQ(server_.received.size(), 1U);
}

TEST_F(TcpClientTest, SaysWhoRefusedTheConnectionAndWhatToDo) {
  Endpoint nobody;
  {
    FakeServer gone(io_);
    nobody = gone.endpoint();
  }
  TcpClient client(executor_of(io_), nobody, random_);
  const auto refused = ask_once(client, {"PING"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_EQ(refused.failure().code, "redis_unreachable");
  EXPECT_EQ(refused.failure().detail,
            nobody.str() + " refused the connection; is Redis running? set redis.url");
}

TEST_F(TcpClientTest, SaysThatAUnixSocketDoesNotExist) {
  const auto nowhere = *Endpoint::parse("unix:///nonexistent/redis.sock");
  TcpClient client(executor_of(io_), nowhere, random_);
  const auto missing = ask_once(client, {"PING"});
  EXPECT_EQ(missing.failure().code, "redis_unreachable");
  EXPECT_TRUE(
      missing.failure().detail.starts_with("unix:///nonexistent/redis.sock does not exist"));
}

TEST_F(TcpClientTest, AServerThatNeverGreetsIsGivenUpAtTheDeadline) {
  server_.answers_ping = false;
  const auto client = make_client({.deadline = 50ms});
  const auto silent = ask_once(*client, {"GET", "key"});
  EXPECT_EQ(silent.failure().code, "redis_unreachable");
  EXPECT_NE(silent.failure().detail.find("did not accept the connection in time"),
            std::string::npos);
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpClientTest, WaitsForARedisThatIsStillLoading) {
  server_.answers_ping = false;
  server_.handler = [](const Command&) { return "-LOADING Redis is loading\r\n"; };
  const auto client = make_client();
  const auto loading = ask_once(*client, {"GET", "key"});
  EXPECT_EQ(loading.failure().code, "redis_unreachable");
  EXPECT_NE(loading.failure().detail.find("not ready yet (LOADING)"), std::string::npos);
  server_.answers_ping = true;
  server_.handler = echo;
  EXPECT_TRUE(ask_once(*client, {"ECHO", "ready"}).ok());
  EXPECT_EQ(server_.connections, 2U);
}

TEST_F(TcpClientTest, DropsAPeerThatDoesNotSpeakTheProtocol) {
  server_.answers_ping = false;
  server_.handler = [](const Command&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; };
  const auto client = make_client();
  const auto refused = ask_once(*client, {"GET", "key"});
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_EQ(refused.failure().code, "redis_protocol");
  EXPECT_TRUE(refused.failure().detail.starts_with(server_.endpoint().str()));
}

TEST_F(TcpClientTest, DropsAPeerThatAnswersWhatNobodyAsked) {
  server_.handler = [](const Command&) { return "+OK\r\n+OK\r\n"; };
  const auto client = make_client();
  EXPECT_TRUE(ask_once(*client, {"GET", "key"}).ok());
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpClientTest, RefusesAReplyBeyondTheLimit) {
  server_.handler = [](const Command&) { return "*100001\r\n"; };
  const auto client = make_client();
  EXPECT_EQ(ask_once(*client, {"KEYS", "*"}).failure().code, "redis_protocol");
}

TEST_F(TcpClientTest, ACommandThatMetAReplicaGoesOutAgainOverAnotherConnection) {
  server_.handler = [this](const Command& command) -> std::optional<std::string> {
    return server_.connections == 1 ? "-READONLY You can't write\r\n" : echo(command);
  };
  const auto client = make_client();
  EXPECT_EQ(*ask_once(*client, {"ECHO", "x"}), Reply{"x"});
  EXPECT_EQ(server_.connections, 2U);
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpClientTest, FollowsAMoveToTheNodeThatServesTheRoot) {
  FakeServer other(io_);
  other.handler = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "EXISTS" ? ":0\r\n" : "+there\r\n";
  };
  bool is_moved = false;
  server_.handler = [&](const Command& command) -> std::optional<std::string> {
    const auto to = std::get<TcpAddress>(other.endpoint().address);
    return is_moved                 ? "-MOVED 13907 127.0.0.1:" + std::to_string(to.port) + "\r\n"
           : command[0] == "EXISTS" ? ":0\r\n"
                                    : "+here\r\n";
  };
  Endpoint endpoint = server_.endpoint();
  endpoint.root = "cf:{0}";
  TcpClient client(executor_of(io_), endpoint, random_, {.deadline = 20s});
  EXPECT_EQ(*ask_once(client, {"GET", "x"}), Reply{"here"});
  is_moved = true;
  answers_.clear();
  for (int at = 0; at < 3; ++at) {
    start(client, {"GET", "x"});
  }
  run_until([this] { return answers_.size() == 3; });
  for (const auto& answer : answers_) {
    ASSERT_TRUE(answer.ok()) << answer.failure().detail;
    EXPECT_EQ(*answer, Reply{"there"});
  }
  EXPECT_EQ(other.connections, 1U);
}

TEST_F(TcpClientTest, LeavesAMasterThatServesOnAfterItsSentinelsNamedAnother) {
  FakeServer sentinel(io_);
  FakeServer other(io_);
  const FakeServer* master = &server_;
  sentinel.handler = [&](const Command&) -> std::optional<std::string> {
    const auto port = std::to_string(std::get<TcpAddress>(master->endpoint().address).port);
    return "*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(port.size()) + "\r\n" + port + "\r\n";
  };
  const auto answer_as = [](std::string name) {
    return [name](const Command& command) -> std::optional<std::string> {
      return command[0] == "ROLE" ? "*1\r\n$6\r\nmaster\r\n" : "+" + name + "\r\n";
    };
  };
  server_.handler = answer_as("old");
  other.handler = answer_as("new");
  Endpoint endpoint;
  endpoint.sentinels.emplace();
  endpoint.sentinels->addresses = {std::get<TcpAddress>(sentinel.endpoint().address)};
  TcpClient client(executor_of(io_), endpoint, random_, {.deadline = 20s, .place_interval = 0s});
  EXPECT_EQ(*ask_once(client, {"GET", "x"}), Reply{"old"});
  master = &other;
  // What is under way is answered by the old one, and then the new one serves.
  run_until([&] { return *ask_once(client, {"GET", "x"}) == Reply{"new"}; });
}

TEST_F(TcpClientTest, WaitsALittleForKeysThatAreBeingMovedAndFollowsNoAsk) {
  unsigned asked = 0;
  server_.handler = [&](const Command&) -> std::optional<std::string> {
    return ++asked < 3 ? "-ASK 13907 127.0.0.1:1\r\n" : "+there again\r\n";
  };
  const auto client = make_client();
  EXPECT_EQ(*ask_once(*client, {"GET", "x"}), Reply{"there again"});
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(TcpClientTest, GivesACommandUpThatNobodyServes) {
  for (const char* word : {"TRYAGAIN", "CLUSTERDOWN", "READONLY", "MOVED 1 127.0.0.1:1"}) {
    server_.received.clear();
    server_.handler = [word](const Command&) { return "-" + std::string(word) + " x\r\n"; };
    const auto client = make_client();
    const auto answer = ask_once(*client, {"GET", "x"});
    ASSERT_FALSE(answer.ok()) << word;
    EXPECT_EQ(answer.failure().kind, FailureKind::local);
    EXPECT_EQ(answer.failure().code, "redis_unreachable");
    EXPECT_EQ(server_.received.size(), 4U) << word;
  }
}

awaitable<void> wait_for_hint(Client& client, StopSource& stop, Answers& answers) {
  Command command{"BLPOP", "list", "10"};
  auto operation = client.blocking_command(std::move(command), 20s);
  answers.push_back(co_await interruptible(stop, std::move(operation)));
}

TEST_F(TcpClientTest, ABlockingCommandThatIsCutShortTakesItsConnectionWithIt) {
  const auto client = make_client();
  StopSource stop;
  contract::start(io_, wait_for_hint(*client, stop, answers_));
  run_until([this] { return server_.received.size() == 1; });
  stop.request({FailureKind::drained, "drained", ""});
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().code, "drained");
  run_until([this] { return server_.disconnections == 1; });
  StopSource no_stop;
  server_.handler = [](const Command&) { return "*-1\r\n"; };
  contract::start(io_, wait_for_hint(*client, no_stop, answers_));
  run_until([this] { return answers_.size() == 2; });
  EXPECT_EQ(*answers_[1], Reply{});
  EXPECT_EQ(server_.connections, 2U);
}

awaitable<void> wait_briefly(Client& client, Answers& answers) {
  Command command{"BLPOP", "list", "0.01"};
  answers.push_back(co_await client.blocking_command(std::move(command), 30ms));
}

TEST_F(TcpClientTest, ABlockingCommandKeepsADeadlineShorterThanThatOfConnecting) {
  const auto client = make_client();
  contract::start(io_, wait_briefly(*client, answers_));
  run_until([this] { return !answers_.empty(); });
  EXPECT_EQ(answers_[0].failure().code, "redis_timeout");
}

TEST_F(TcpClientTest, AnsweredBlockingCommandsReuseTheirConnection) {
  server_.handler = [](const Command&) { return "*-1\r\n"; };
  const auto client = make_client();
  StopSource stop;
  for (std::size_t round = 1; round <= 3; ++round) {
    contract::start(io_, wait_for_hint(*client, stop, answers_));
    run_until([this, round] { return answers_.size() == round; });
  }
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(TcpClientTest, CanBeDestroyedWhileCommandsWaitForAConnection) {
  server_.answers_ping = false;
  auto client = make_client();
  for (int at = 0; at < 3; ++at) {
    start(*client, {"GET", "key"});
  }
  run_until([this] { return server_.received.size() == 1; });
  client.reset();
  run_until([this] { return answers_.size() == 3; });
  for (const auto& answer : answers_) {
    EXPECT_EQ(answer.failure().code, "redis_unreachable");
  }
}

TEST(TcpClient, MayBeLeftWithCommandsThatNobodyFinishes) {
  Answers answers;
  SeededRandom random(1);
  boost::asio::io_context io;
  FakeServer server(io);
  TcpClient client(executor_of(io), server.endpoint(), random);
  StopSource stop;
  contract::start(io, ask(client, {"GET", "key"}, answers));
  contract::start(io, wait_for_hint(client, stop, answers));
  while (server.received.size() < 2 && io.run_one_for(10s) > 0) {
  }
  EXPECT_EQ(server.received.size(), 2U);
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace claimferry::redis
