#include "common/quota/adapter/quota_listener.hpp"

#include <deque>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;

class StandingClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(1'800'000'000s); }
  SteadyTime steady() const override { return SteadyTime(1h); }
};

class CountingSleeper final : public Sleeper {
 public:
  awaitable<void> sleep(Duration how_long) override {
    slept.push_back(how_long);
    co_return;
  }
  std::vector<Duration> slept;
};

// Each listen says what it was given and ends; the last one calls what a test ends with.
class ScriptedSubscriber final : public redis::Subscriber {
 public:
  awaitable<Result<void>> listen(std::string channel, std::function<void()> begun,
                                 std::function<void(std::string_view)> heard) override {
    channels.push_back(std::move(channel));
    if (!says.empty()) {
      begun();
      for (const std::string& text : says.front()) {
        heard(text);
      }
      says.pop_front();
    } else {
      ++refused;
      if (refused == refusals_max) {
        at_last();
      }
    }
    co_return Failure{FailureKind::local, "redis_disconnected", "gone"};
  }
  void close() override { closed = true; }

  std::deque<std::vector<std::string>> says;
  std::vector<std::string> channels;
  std::function<void()> at_last;
  unsigned refused = 0;
  unsigned refusals_max = 1;
  bool closed = false;
};

class QuotaListenerTest : public testing::Test {
 protected:
  QuotaListenerTest() {
    subscriber.at_last = [this] { listener.stop(); };
  }
  void run() {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, listener.run(), [](std::exception_ptr error) {
      if (error) {
        std::rethrow_exception(error);
      }
    });
    io.run();
  }

  StandingClock clock;
  SeededRandom random{1};
  CountingSleeper sleeper;
  ScriptedSubscriber subscriber;
  PayerGate aetna;
  PayerGate cigna;
  QuotaListener listener{
      clock,
      random,
      sleeper,
      subscriber,
      [this](const PayerName& payer) {
        return payer.str() == "aetna" ? &aetna : payer.str() == "cigna" ? &cigna : nullptr;
      },
      [this] { ++looks_for_cancels; }};
  unsigned looks_for_cancels = 0;
};

TEST_F(QuotaListenerTest, AQuietHoldsThePayerThatItIsOf) {
  subscriber.says = {{"aetna quiet 3 2000", "unknown quiet 1 9000", "nonsense"}};
  run();
  EXPECT_EQ(aetna.remaining(clock.steady()), 2s);
  EXPECT_EQ(aetna.epoch(), 3U);
  EXPECT_EQ(cigna.remaining(clock.steady()), 0s);
  EXPECT_EQ(subscriber.channels.front(), "cf:{0}:quota");
}

TEST_F(QuotaListenerTest, ABreakersChangeReachesTheGate) {
  subscriber.says = {{"cigna breaker 2 1 4000"}};
  run();
  EXPECT_EQ(cigna.breaker().last().barred, Barred::everything);
  EXPECT_EQ(cigna.breaker().last().next_probe, clock.steady() + 4s);
  EXPECT_EQ(aetna.breaker().last().barred, Barred::nothing);
}

TEST_F(QuotaListenerTest, ListensAgainAfterALossAndEverMoreSeldomWhileItFails) {
  subscriber.says = {{"aetna quiet 3 2000"}, {"aetna quiet 4 3000"}};
  subscriber.refusals_max = 6;
  run();
  EXPECT_EQ(subscriber.channels.size(), 8U);
  EXPECT_EQ(aetna.epoch(), 4U);
  ASSERT_EQ(sleeper.slept.size(), 7U);
  for (const Duration pause : sleeper.slept) {
    EXPECT_GE(pause, 100ms);
    EXPECT_LE(pause, 5s);
  }
}

// Also after each silence: what was announced into it was heard by nobody.
TEST_F(QuotaListenerTest, CancelledJobsAreLookedForWhenAnnouncedAndWhenItBeginsToListen) {
  subscriber.says = {{"cancel", "cancelled", "aetna cancel"}, {}};
  run();
  EXPECT_EQ(looks_for_cancels, 3U);
}

TEST_F(QuotaListenerTest, StoppedItListensNoMore) {
  listener.stop();
  run();
  EXPECT_TRUE(subscriber.closed);
  EXPECT_TRUE(subscriber.channels.empty());
}

}  // namespace
}  // namespace claimferry::quota
