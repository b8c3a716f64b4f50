// Subscriber at a real Redis, over both kinds of socket, and at the simulated world's.
#include <csignal>

#include <gtest/gtest.h>

#include "common/redis/tcp_client.hpp"
#include "common/redis/tcp_subscriber.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/keyspace/memory_subscriber.hpp"

namespace claimferry::redis {
namespace {

using contract::RedisServer;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr auto patience = 20s;

// What one listen() called, and its end.
struct Told {
  Words words;
  std::optional<Result<void>> over;
  std::function<void()> at_heard = [] {};
};

awaitable<void> await_end(awaitable<Result<void>> listening, Told& told) {
  told.over.emplace(co_await std::move(listening));
}

class Listeners : public testing::Test {
 protected:
  void start(Subscriber& subscriber, Told& told) {
    auto listening = subscriber.listen(
        "c", [&told] { told.words.emplace_back("begun"); },
        [&told](std::string_view payload) {
          told.words.emplace_back(payload);
          told.at_heard();
        });
    contract::start(io_, await_end(std::move(listening), told));
  }
  template <class Condition>
  void run_until(Condition condition) {
    io_.restart();
    while (!condition()) {
      ASSERT_GT(io_.run_one_for(patience), 0U) << "nothing happens any more";
    }
  }
  void run_until_told(Told& told, std::size_t words) {
    run_until([&] { return told.words.size() == words; });
  }
  void begin(Subscriber& subscriber, Told& told) {
    start(subscriber, told);
    run_until_told(told, 1);
    ASSERT_EQ(told.words, Words{"begun"});
  }
  Failure end_of(Told& told) {
    run_until([&] { return told.over.has_value(); });
    if (!told.over || told.over->ok()) {
      ADD_FAILURE() << "it did not end with a failure";
      return {};
    }
    EXPECT_EQ(told.over->failure().kind, FailureKind::local);
    return told.over->failure();
  }

  boost::asio::io_context io_;
};

class SubscriberContract : public Listeners, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (is_real()) {
      CLAIMFERRY_NEEDS_REDIS();
      server_.emplace();
      server_->start();
      client_ = std::make_unique<TcpClient>(executor_of(io_), endpoint(), random_);
    }
  }
  static bool is_real() { return std::string_view(GetParam()) != "memory"; }
  Endpoint endpoint() const {
    return std::string_view(GetParam()) == "tcp" ? server_->tcp_endpoint() : server_->endpoint();
  }
  std::unique_ptr<Subscriber> subscriber() {
    if (is_real()) {
      return std::make_unique<TcpSubscriber>(executor_of(io_), endpoint());
    }
    return std::make_unique<world::MemorySubscriber>(executor_of(io_), memory_);
  }
  Reply ask(Command command) {
    if (!is_real()) {
      return memory_.execute(command);
    }
    return contract::run(io_, client_->command(std::move(command))).value();
  }
  std::int64_t publish(const std::string& payload, const std::string& channel = "c") {
    const Reply reply = ask({"PUBLISH", channel, payload});
    return reply.integer() == nullptr ? -1 : *reply.integer();
  }
  void crash() { is_real() ? server_->kill() : memory_.restart(); }

  std::optional<RedisServer> server_;
  world::MemoryRedisServer memory_{[] { return 0; }};
  SystemRandom random_;
  std::unique_ptr<TcpClient> client_;
};

TEST_P(SubscriberContract, BeginsAndThenHearsEachMessageInOrder) {
  const auto redis = subscriber();
  Told told;
  EXPECT_EQ(publish("nobody hears"), 0);
  begin(*redis, told);
  Words expected{"begun"};
  for (const std::string& payload : {std::string("one"), std::string(), std::string("a\0b\r\n", 5),
                                     std::string(limits::MiB, 'x')}) {
    EXPECT_EQ(publish(payload), 1);
    expected.push_back(payload);
  }
  run_until_told(told, expected.size());
  EXPECT_TRUE(told.words == expected);
}

TEST_P(SubscriberContract, EveryoneWhoListensHearsAndNobodyElse) {
  const auto one = subscriber();
  const auto another = subscriber();
  Told told;
  Told told_too;
  begin(*one, told);
  begin(*another, told_too);
  EXPECT_EQ(publish("x"), 2);
  EXPECT_EQ(publish("y", "C"), 0);
  EXPECT_EQ(publish("z"), 2);
  run_until_told(told, 3);
  run_until_told(told_too, 3);
  EXPECT_EQ(told.words, (Words{"begun", "x", "z"}));
  EXPECT_EQ(told_too.words, told.words);
}

TEST_P(SubscriberContract, HearsWhatScriptsAndFunctionsPublish) {
  const auto redis = subscriber();
  Told told;
  begin(*redis, told);
  const std::string twice = "return redis.call('PUBLISH', 'c', 1) + redis.call('PUBLISH', 'c', 2)";
  EXPECT_EQ(ask({"EVAL", twice, "0"}), Reply{std::int64_t{2}});
  const std::string fails = "redis.call('PUBLISH', 'c', 3) return redis.call('NOSUCH')";
  EXPECT_NE(ask({"EVAL", fails, "0"}).error(), nullptr);
  ask({"FUNCTION", "LOAD",
       "#!lua name=lib\nredis.register_function('f', function(keys, args)"
       " return redis.call('PUBLISH', args[1], args[2]) end)"});
  EXPECT_EQ(ask({"FCALL", "f", "0", "c", "4"}), Reply{std::int64_t{1}});
  run_until_told(told, 5);
  EXPECT_EQ(told.words, (Words{"begun", "1", "2", "3", "4"}));
}

TEST_P(SubscriberContract, LostDataAndLostScriptsEndNothing) {
  const auto redis = subscriber();
  Told told;
  begin(*redis, told);
  ask({"FLUSHALL"});
  ask({"SCRIPT", "FLUSH"});
  ask({"FUNCTION", "FLUSH"});
  EXPECT_EQ(publish("still"), 1);
  run_until_told(told, 2);
  EXPECT_FALSE(told.over.has_value());
}

TEST_P(SubscriberContract, AServerThatGoesAwayEndsItAndMayBeListenedToAgain) {
  const auto redis = subscriber();
  Told told;
  begin(*redis, told);
  crash();
  EXPECT_EQ(end_of(told).code, "redis_disconnected");
  if (is_real()) {
    Told away;
    start(*redis, away);
    EXPECT_EQ(end_of(away).code, "redis_unreachable");
    EXPECT_TRUE(away.words.empty());
    server_->start();
    client_ = std::make_unique<TcpClient>(executor_of(io_), endpoint(), random_);
  }
  EXPECT_EQ(publish("lost"), 0);
  Told again;
  begin(*redis, again);
  EXPECT_EQ(publish("x"), 1);
  run_until_told(again, 2);
  EXPECT_EQ(again.words, (Words{"begun", "x"}));
}

TEST_P(SubscriberContract, ClosingEndsWhatListensAndTheServerForgetsIt) {
  const auto redis = subscriber();
  Told told;
  begin(*redis, told);
  redis->close();
  EXPECT_EQ(end_of(told).code, "redis_disconnected");
  // The end of a connection arrives in its time.
  std::int64_t receivers = publish("x");
  for (int attempt = 0; attempt < 1'000 && receivers > 0; ++attempt) {
    receivers = publish("x");
  }
  EXPECT_EQ(receivers, 0);
  EXPECT_EQ(told.words, Words{"begun"});
  Told later;
  start(*redis, later);
  EXPECT_EQ(end_of(later).code, "redis_unreachable");
  EXPECT_TRUE(later.words.empty());
}

TEST_P(SubscriberContract, MayBeDestroyedByWhatItHears) {
  auto redis = subscriber();
  Told told;
  told.at_heard = [&redis] { redis.reset(); };
  begin(*redis, told);
  const std::string both = "redis.call('PUBLISH', 'c', 1) return redis.call('PUBLISH', 'c', 2)";
  EXPECT_EQ(ask({"EVAL", both, "0"}), Reply{std::int64_t{1}});
  EXPECT_EQ(end_of(told).code, "redis_disconnected");
  EXPECT_EQ(told.words, (Words{"begun", "1"}));
}

INSTANTIATE_TEST_SUITE_P(Places, SubscriberContract, testing::Values("memory", "tcp", "unix"),
                         [](const auto& info) { return std::string(info.param); });

class TcpSubscriberContract : public Listeners {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_.start();
    client_ = std::make_unique<TcpClient>(executor_of(io_), server_.endpoint(), random_);
  }
  TcpSubscriber subscriber(Endpoint endpoint, TcpSubscriberOptions options = {}) {
    return TcpSubscriber(executor_of(io_), std::move(endpoint), options);
  }
  Reply ask(Command command) {
    return contract::run(io_, client_->command(std::move(command))).value();
  }
  int pings_answered() {
    const Reply statistics = ask({"INFO", "commandstats"});
    const std::string name = "cmdstat_ping:calls=";
    const auto at = statistics.text()->find(name);
    return at == std::string::npos ? 0 : std::stoi(statistics.text()->substr(at + name.size()));
  }

  RedisServer server_;
  SystemRandom random_;
  std::unique_ptr<TcpClient> client_;
};

TEST_F(TcpSubscriberContract, PingsAmongTheMessagesAndLosesNone) {
  auto redis = subscriber(server_.tcp_endpoint(), {.ping_interval = 1ms});
  Told told;
  begin(redis, told);
  const int before = pings_answered();
  Words expected{"begun"};
  while (pings_answered() < before + 20 && !told.over) {
    expected.push_back(std::to_string(expected.size()));
    ask({"PUBLISH", "c", expected.back()});
  }
  run_until_told(told, expected.size());
  EXPECT_EQ(told.words, expected);
  EXPECT_FALSE(told.over.has_value());
}

TEST_F(TcpSubscriberContract, AServerThatStandsStillIsNoticed) {
  auto redis = subscriber(server_.tcp_endpoint(), {.deadline = 1s, .ping_interval = 1ms});
  Told told;
  begin(redis, told);
  ASSERT_EQ(::kill(server_.process(), SIGSTOP), 0);
  EXPECT_EQ(end_of(told).code, "redis_timeout");
  ASSERT_EQ(::kill(server_.process(), SIGCONT), 0);
}

TEST_F(TcpSubscriberContract, AChannelThatIsNotThisUsersIsRefused) {
  ask({"ACL", "SETUSER", "ferry", "on", ">sesame", "resetchannels", "&ours", "-@all", "+ping",
       "+subscribe"});
  Endpoint ferry = server_.endpoint();
  ferry.username = "ferry";
  ferry.password = Secret("sesame");
  auto redis = subscriber(ferry);
  Told told;
  start(redis, told);
  const Failure refused = end_of(told);
  EXPECT_EQ(refused.code, "redis_refused");
  EXPECT_NE(refused.detail.find("NOPERM"), std::string::npos) << refused.detail;
  EXPECT_NE(refused.detail.find("subscription to c"), std::string::npos) << refused.detail;
  EXPECT_TRUE(told.words.empty());

  ask({"ACL", "SETUSER", "ferry", "&c"});
  Told allowed;
  begin(redis, allowed);
  ask({"ACL", "SETUSER", "ferry", "resetchannels"});  // Redis ends such a connection
  EXPECT_EQ(end_of(allowed).code, "redis_disconnected");
}

TEST_F(TcpSubscriberContract, WrongCredentialsAreRefused) {
  Endpoint stranger = server_.endpoint();
  stranger.username = "stranger";
  stranger.password = Secret("not-sesame");
  auto redis = subscriber(stranger);
  Told told;
  start(redis, told);
  const Failure refused = end_of(told);
  EXPECT_EQ(refused.code, "redis_refused");
  EXPECT_EQ(refused.detail.find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace claimferry::redis
