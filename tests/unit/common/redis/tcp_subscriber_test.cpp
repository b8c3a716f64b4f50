#include "common/redis/tcp_subscriber.hpp"

#include <gtest/gtest.h>

#include "common/async/interruptible.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/redis/fake_server.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

const std::string confirmed = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
const std::string pong = "*2\r\n$4\r\npong\r\n$0\r\n\r\n";  // as a subscribed connection gets it

std::string message(const std::string& payload) {
  return "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$" + std::to_string(payload.size()) + "\r\n" + payload +
         "\r\n";
}

// What one listen() called, and its end.
struct Told {
  Words words;
  std::optional<Result<void>> over;
  std::function<void()> at_begun = [] {};
  std::function<void()> at_heard = [] {};

  std::function<void()> begun() {
    return [this] {
      words.emplace_back("begun");
      at_begun();
    };
  }
  std::function<void(std::string_view)> heard() {
    return [this](std::string_view payload) {
      words.emplace_back(payload);
      at_heard();
    };
  }
};

awaitable<void> await_end(awaitable<Result<void>> listening, Told& told) {
  told.over.emplace(co_await std::move(listening));
}
awaitable<void> await_end_or_stop(StopSource& stop, awaitable<Result<void>> listening, Told& told) {
  told.over.emplace(co_await interruptible(stop, std::move(listening)));
}

class TcpSubscriberTest : public testing::Test {
 protected:
  TcpSubscriberTest() {
    server_.handler = [](const Command& command) -> std::optional<std::string> {
      return command[0] == "SUBSCRIBE" ? confirmed : pong;
    };
  }
  std::unique_ptr<TcpSubscriber> subscriber(TcpSubscriberOptions options = {20s, 20s}) {
    return std::make_unique<TcpSubscriber>(executor_of(io_), server_.endpoint(), options);
  }
  void start(Subscriber& subscriber, Told& told) {
    auto listening = subscriber.listen("c", told.begun(), told.heard());
    contract::start(io_, await_end(std::move(listening), told));
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) {
      ASSERT_GT(io_.run_one_for(10s), 0U) << "nothing happens any more";
    }
  }
  void run_until_told(std::size_t words) {
    run_until([&] { return told_.words.size() == words; });
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
  FakeServer server_{io_};
  Told told_;
};

TEST_F(TcpSubscriberTest, TellsThatItBeganAndThenWhatIsPublished) {
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(1);
  server_.send(message("one") + message("") + message("three"));
  run_until_told(4);
  EXPECT_EQ(told_.words, (Words{"begun", "one", "", "three"}));
  EXPECT_EQ(server_.received, (std::vector<Command>{{"SUBSCRIBE", "c"}}));
}

TEST_F(TcpSubscriberTest, BeginsBeforeAMessageThatCameWithTheConfirmation) {
  server_.handler = [](const Command&) { return confirmed + message("early"); };
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(2);
  EXPECT_EQ(told_.words, (Words{"begun", "early"}));
}

TEST_F(TcpSubscriberTest, MessagesBetweenAPingAndItsAnswerConfuseNothing) {
  const auto redis = subscriber({20s, 1ms});
  server_.answers_ping = false;
  unsigned pings = 0;
  server_.handler = [&](const Command& command) -> std::optional<std::string> {
    if (command[0] == "SUBSCRIBE") {
      return confirmed;
    }
    return ++pings == 1 ? "+PONG\r\n" : message(std::to_string(pings)) + pong + message("x");
  };
  start(*redis, told_);
  run_until([&] { return pings > 5; });
  EXPECT_FALSE(told_.over.has_value());
  EXPECT_EQ(Words(told_.words.begin(), told_.words.begin() + 5),
            (Words{"begun", "2", "x", "3", "x"}));
}

TEST_F(TcpSubscriberTest, ASilentServerEndsItAtTheDeadlineOfAPing) {
  const auto redis = subscriber({200ms, 1ms});
  told_.at_begun = [this] { server_.answers_ping = false; };
  server_.handler = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "SUBSCRIBE" ? std::optional(confirmed) : std::nullopt;
  };
  start(*redis, told_);
  const Failure over = end_of(told_);
  EXPECT_EQ(over.code, "redis_timeout");
  EXPECT_NE(over.detail.find("what is published now is not heard"), std::string::npos);
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpSubscriberTest, ALostConnectionEndsItAfterWhatCameBefore) {
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(1);
  server_.send(message("last"));
  server_.disconnect();
  EXPECT_EQ(end_of(told_).code, "redis_disconnected");
  EXPECT_EQ(told_.words, (Words{"begun", "last"}));
}

TEST_F(TcpSubscriberTest, ListensAgainOverAConnectionOfItsOwn) {
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(1);
  server_.disconnect();
  end_of(told_);
  Told again;
  start(*redis, again);
  run_until([&] { return again.words.size() == 1; });
  EXPECT_EQ(server_.connections, 2U);
}

TEST_F(TcpSubscriberTest, ARefusedSubscriptionNeverBegins) {
  server_.handler = [](const Command&) { return "-NOPERM no such channel for you\r\n"; };
  const auto redis = subscriber();
  start(*redis, told_);
  const Failure over = end_of(told_);
  EXPECT_EQ(over.code, "redis_refused");
  EXPECT_NE(over.detail.find("NOPERM no such channel for you"), std::string::npos);
  EXPECT_TRUE(told_.words.empty());
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpSubscriberTest, WhatIsNoConfirmationIsNoRedis) {
  server_.handler = [](const Command&) { return "+OK\r\n"; };
  const auto redis = subscriber();
  start(*redis, told_);
  EXPECT_EQ(end_of(told_).code, "redis_protocol");
  EXPECT_TRUE(told_.words.empty());
}

TEST_F(TcpSubscriberTest, APushThatIsNoMessageEndsIt) {
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(1);
  server_.send("*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n");
  EXPECT_EQ(end_of(told_).code, "redis_protocol");
}

TEST_F(TcpSubscriberTest, AServerThatNeverGreetsIsUnreachable) {
  server_.answers_ping = false;
  server_.handler = [](const Command&) { return std::nullopt; };
  const auto impatient = subscriber({20ms, 20s});
  start(*impatient, told_);
  EXPECT_EQ(end_of(told_).code, "redis_unreachable");
}

TEST_F(TcpSubscriberTest, ClosingWhileItListensEndsItAndTheConnection) {
  const auto redis = subscriber();
  start(*redis, told_);
  run_until_told(1);
  redis->close();
  EXPECT_EQ(end_of(told_).code, "redis_disconnected");
  run_until([this] { return server_.disconnections == 1; });
  Told later;
  start(*redis, later);
  EXPECT_EQ(end_of(later).code, "redis_unreachable");
  EXPECT_EQ(server_.connections, 1U);
}

TEST_F(TcpSubscriberTest, ClosingWhileItConnectsEndsIt) {
  server_.answers_ping = false;
  server_.handler = [](const Command&) { return std::nullopt; };
  const auto redis = subscriber();
  start(*redis, told_);
  run_until([this] { return server_.received.size() == 1; });
  redis->close();
  EXPECT_EQ(end_of(told_).code, "redis_disconnected");
  run_until([this] { return server_.disconnections == 1; });
}

TEST_F(TcpSubscriberTest, CallsNothingOnceItIsClosedEvenWithMessagesAtHand) {
  auto redis = subscriber();
  told_.at_heard = [&redis] { redis.reset(); };
  start(*redis, told_);
  run_until_told(1);
  server_.send(message("one") + message("two"));
  end_of(told_);
  EXPECT_EQ(told_.words, (Words{"begun", "one"}));
}

TEST_F(TcpSubscriberTest, MayBeDestroyedAsItBegins) {
  server_.handler = [](const Command&) { return confirmed + message("early"); };
  auto redis = subscriber();
  told_.at_begun = [&redis] { redis.reset(); };
  start(*redis, told_);
  EXPECT_EQ(end_of(told_).code, "redis_disconnected");
  EXPECT_EQ(told_.words, (Words{"begun"}));
}

TEST_F(TcpSubscriberTest, AWaitThatIsCutShortTakesTheConnectionWithIt) {
  const auto redis = subscriber();
  StopSource stop;
  auto listening = redis->listen("c", told_.begun(), told_.heard());
  contract::start(io_, await_end_or_stop(stop, std::move(listening), told_));
  run_until_told(1);
  stop.request({FailureKind::drained, "drained", ""});
  run_until([this] { return told_.over && server_.disconnections == 1; });
  EXPECT_EQ(told_.over->failure().code, "drained");
}

TEST_F(TcpSubscriberTest, LeavesAMasterThatItsSentinelsReplaced) {
  FakeServer sentinel(io_);
  FakeServer other(io_);
  const FakeServer* master = &server_;
  sentinel.handler = [&](const Command&) -> std::optional<std::string> {
    const auto port = std::to_string(std::get<TcpAddress>(master->endpoint().address).port);
    return "*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(port.size()) + "\r\n" + port + "\r\n";
  };
  server_.handler = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "ROLE" ? "*1\r\n$6\r\nmaster\r\n" : confirmed;
  };
  other.handler = server_.handler;
  Endpoint endpoint;
  endpoint.sentinels.emplace();
  endpoint.sentinels->addresses = {std::get<TcpAddress>(sentinel.endpoint().address)};
  const TcpSubscriberOptions often{.deadline = 20s, .ping_interval = 10ms, .place_interval = 10ms};
  TcpSubscriber redis(executor_of(io_), endpoint, often);
  start(redis, told_);
  run_until_told(1);
  run_until([&] { return sentinel.connections >= 3; });
  EXPECT_FALSE(told_.over) << "it is the master still";
  master = &other;
  const Failure end = end_of(told_);
  EXPECT_EQ(end.code, "redis_disconnected");
  EXPECT_NE(end.detail.find("is no longer the master, which is " + other.endpoint().str()),
            std::string::npos)
      << end.detail;
}

TEST(TcpSubscriber, MayOutliveTheLoopThatItListensOn) {
  Told told;
  Told never;
  std::unique_ptr<TcpSubscriber> redis;
  {
    boost::asio::io_context io;
    FakeServer server(io);
    server.handler = [](const Command&) { return confirmed; };
    redis = std::make_unique<TcpSubscriber>(executor_of(io), server.endpoint());
    contract::start(io, await_end(redis->listen("c", told.begun(), told.heard()), told));
    while (told.words.empty() && io.run_one_for(10s) > 0) {
    }
    contract::start(io, await_end(redis->listen("c", never.begun(), never.heard()), never));
    io.poll_one();
  }
  EXPECT_EQ(told.words, (Words{"begun"}));
  EXPECT_FALSE(told.over.has_value());
  EXPECT_TRUE(never.words.empty());
}

}  // namespace
}  // namespace claimferry::redis
