#include "tests/world/keyspace/memory_subscriber.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::world {
namespace {

using Words = std::vector<std::string>;
using Moment = MemoryRedis::Moment;

awaitable<void> await_end(awaitable<Result<void>> listening, std::optional<Result<void>>& over) {
  over.emplace(co_await std::move(listening));
}

class MemorySubscriberTest : public testing::Test {
 protected:
  MemoryRedis::Hook hook() {
    return [this](Moment moment) { return pass(moment); };
  }
  awaitable<Result<void>> pass(Moment moment) {
    passed_.push_back(moment);
    if (stands_still_) {
      boost::asio::steady_timer still(io_->get_executor(),
                                      boost::asio::steady_timer::time_point::max());
      stands_still_ = &still;
      co_await still.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return answer_;
  }
  void start(MemorySubscriber& subscriber) {
    auto listening = subscriber.listen(
        "c", [this] { words_.emplace_back("begun"); },
        [this](std::string_view payload) { words_.emplace_back(payload); });
    contract::start(*io_, await_end(std::move(listening), over_));
    poll();
  }
  void poll() {
    io_->restart();
    io_->poll();
  }
  Reply publish(const std::string& payload) { return server_.execute({"PUBLISH", "c", payload}); }

  MemoryRedisServer server_{[] { return 0; }};
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
  Result<void> answer_;
  std::optional<boost::asio::steady_timer*> stands_still_;
  std::vector<Moment> passed_;
  Words words_;
  std::optional<Result<void>> over_;
};

TEST_F(MemorySubscriberTest, HearsNothingBeforeTheCommandIsOver) {
  MemorySubscriber redis(io_->get_executor(), server_);
  start(redis);
  EXPECT_EQ(server_.execute({"EVAL", "return redis.call('PUBLISH', 'c', 'x')", "0"}), integer(1));
  EXPECT_EQ(words_, (Words{"begun"}));
  poll();
  EXPECT_EQ(words_, (Words{"begun", "x"}));
}

TEST_F(MemorySubscriberTest, EachMessagePassesTheHookBeforeItIsHeard) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  start(redis);
  EXPECT_EQ(passed_, (std::vector{Moment::before, Moment::after}));
  publish("one");
  publish("two");
  poll();
  EXPECT_EQ(passed_, (std::vector{Moment::before, Moment::after, Moment::before, Moment::before}));
  EXPECT_EQ(words_, (Words{"begun", "one", "two"}));
}

TEST_F(MemorySubscriberTest, AHostThatStandsStillHearsLate) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  start(redis);
  stands_still_ = nullptr;
  publish("one");
  publish("two");
  poll();
  EXPECT_EQ(words_, (Words{"begun"}));
  (*std::exchange(stands_still_, std::nullopt))->cancel();
  poll();
  EXPECT_EQ(words_, (Words{"begun", "one", "two"}));
}

TEST_F(MemorySubscriberTest, WhatIsOnItsWayIsNotHeardOnceItIsClosed) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  start(redis);
  stands_still_ = nullptr;
  publish("one");
  poll();
  redis.close();
  (*stands_still_)->cancel();
  poll();
  EXPECT_EQ(words_, (Words{"begun"}));
  EXPECT_EQ(over_->failure().code, "redis_disconnected");
  EXPECT_EQ(publish("two"), integer(0));
}

TEST_F(MemorySubscriberTest, ALostSubscriptionLosesWhatWasPublishedMeanwhile) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  start(redis);
  answer_ = Failure{FailureKind::local, "redis_timeout", "planted"};
  publish("lost");
  poll();
  EXPECT_EQ(over_->failure().code, "redis_timeout");
  EXPECT_EQ(publish("meanwhile"), integer(0));
  answer_ = Result<void>();
  start(redis);
  publish("later");
  poll();
  EXPECT_EQ(words_, (Words{"begun", "begun", "later"}));
}

TEST_F(MemorySubscriberTest, NeverBeginsWhereTheHookFails) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  answer_ = Failure{FailureKind::local, "redis_unreachable", "planted"};
  start(redis);
  EXPECT_EQ(over_->failure().code, "redis_unreachable");
  EXPECT_EQ(words_, Words{});
}

TEST_F(MemorySubscriberTest, AServerThatWasRestartedOrWipedEndsIt) {
  for (const bool wiped : {false, true}) {
    words_.clear();
    over_.reset();
    MemorySubscriber redis(io_->get_executor(), server_);
    start(redis);
    publish("before");
    wiped ? server_.wipe() : server_.restart();
    EXPECT_EQ(publish("after"), integer(0));
    poll();
    EXPECT_EQ(words_, (Words{"begun", "before"}));
    EXPECT_EQ(over_->failure().code, "redis_disconnected");
  }
}

TEST_F(MemorySubscriberTest, PublishingTouchesNoData) {
  server_.keys().take_touched();
  publish("x");
  EXPECT_TRUE(server_.keys().untouched());
}

TEST_F(MemorySubscriberTest, MayOutliveTheLoopThatItListensOn) {
  MemorySubscriber redis(io_->get_executor(), server_, hook());
  start(redis);
  stands_still_ = nullptr;
  publish("x");
  poll();
  io_.reset();
  EXPECT_EQ(publish("y"), integer(0));
  EXPECT_FALSE(over_.has_value());
}

}  // namespace
}  // namespace claimferry::world
