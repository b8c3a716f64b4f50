#include "scheduler/leadership.hpp"

#include <deque>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::scheduler {
namespace {

using namespace std::chrono_literals;
using Told = std::vector<std::string>;

class SettableClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime{}; }
  SteadyTime steady() const override { return now; }
  SteadyTime now{1h};
};

class Events final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    told.emplace_back(std::get<telemetry::ProcessEvent>(event).what);
  }
  Told told;
};

// Answers lead() as the test says, and that we lead when it says no more.
class Granting final : public queue::QueueUpkeep {
 public:
  awaitable<Result<queue::LeadReply>> lead(std::string holder, Duration lease, Duration) override {
    asked.push_back(holder + " for " + std::to_string(lease.count()));
    if (answers.empty()) {
      co_return queue::LeadReply{"7", lease};
    }
    auto answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }
  awaitable<Result<void>> resign(std::string holder) override {
    asked.push_back(holder + " resigns");
    co_return resigned;
  }
  awaitable<Result<unsigned>> promote(queue::Term, unsigned) override { co_return 0U; }
  awaitable<Result<queue::PlanReply>> plan(queue::Term, queue::PlanRequest) override {
    co_return queue::PlanReply{};
  }
  awaitable<Result<queue::TidyReply>> tidy(queue::Term, unsigned) override {
    co_return queue::TidyReply{};
  }
  awaitable<Result<queue::WordsReply>> take_inbox(queue::Term) override {
    co_return queue::WordsReply{};
  }
  awaitable<Result<queue::WordsReply>> carry_out(queue::Term) override {
    co_return queue::WordsReply{};
  }
  awaitable<Result<unsigned>> expand(queue::Term, std::size_t) override { co_return 0U; }
  awaitable<Result<unsigned>> reconcile(queue::Term, std::vector<MemberId>, Duration) override {
    co_return 0U;
  }
  awaitable<Result<queue::EraseReply>> erase(queue::Term) override {
    co_return queue::EraseReply{};
  }
  awaitable<Result<queue::RetainReply>> retain(queue::Term, std::vector<MemberId>,
                                               queue::Retention) override {
    co_return queue::RetainReply{};
  }

  Told asked;
  std::deque<Result<queue::LeadReply>> answers;
  Result<void> resigned;
};

awaitable<Result<void>> give_back(Leadership* leadership) {
  co_await leadership->resign();
  co_return Result<void>();
}

class LeadershipTest : public testing::Test {
 protected:
  bool keep() {
    const auto leads = contract::run(io, leadership.keep());
    return leads.ok() && *leads;
  }

  boost::asio::io_context io;
  SettableClock clock;
  Events events;
  Granting upkeep;
  Leadership leadership{clock, upkeep, events, {"s1", 12s, 24h}};
};

TEST_F(LeadershipTest, LeadsWhileItIsGranted) {
  EXPECT_FALSE(leadership.leads());
  EXPECT_TRUE(keep());
  EXPECT_TRUE(leadership.leads());
  EXPECT_EQ(leadership.term().number, "7");
  EXPECT_EQ(leadership.term().holder, "s1");
  EXPECT_EQ(events.told, Told{"leading"});
}

TEST_F(LeadershipTest, AsksAgainAfterAQuarterOfTheLease) {
  keep();
  clock.now += 3s - 1ms;
  EXPECT_TRUE(keep());
  EXPECT_EQ(upkeep.asked.size(), 1U);
  clock.now += 1ms;
  EXPECT_TRUE(keep());
  EXPECT_EQ(upkeep.asked, (Told{"s1 for 12000", "s1 for 12000"}));
}

TEST_F(LeadershipTest, ThreeLostAnswersEndItByItsOwnClock) {
  keep();
  for (int time = 0; time < 3; ++time) {
    upkeep.answers.emplace_back(Failure{FailureKind::local, "redis_timeout", ""});
    clock.now += 3s;
    keep();
    EXPECT_TRUE(leadership.leads()) << time;
  }
  clock.now += 3s;
  EXPECT_FALSE(leadership.leads());
  upkeep.answers.emplace_back(Failure{FailureKind::local, "redis_timeout", ""});
  EXPECT_FALSE(keep());
  EXPECT_EQ(events.told, (Told{"leading", "following"}));
}

TEST_F(LeadershipTest, ReckonsFromWhenItAskedNotFromTheAnswer) {
  upkeep.answers.emplace_back(queue::LeadReply{"7", 12s});
  keep();
  clock.now += 12s;
  EXPECT_FALSE(leadership.leads());
}

TEST_F(LeadershipTest, LooksAgainWhenAnothersLeaseEndsAndAtLeastAsOftenAsALeaderAsks) {
  upkeep.answers.emplace_back(queue::LeadReply{"", 12s});
  EXPECT_FALSE(keep());
  EXPECT_EQ(leadership.next_look(), 3s);
  upkeep.answers.emplace_back(queue::LeadReply{"", 500ms});
  EXPECT_FALSE(keep());
  EXPECT_EQ(leadership.next_look(), 500ms);
  upkeep.answers.emplace_back(queue::LeadReply{"", 0ms});
  EXPECT_FALSE(keep());
  EXPECT_GT(leadership.next_look(), 0ms);
  EXPECT_TRUE(events.told.empty());
}

TEST_F(LeadershipTest, StopsAtOnceWhenItMeetsAnothersTerm) {
  keep();
  leadership.lost();
  EXPECT_FALSE(leadership.leads());
  EXPECT_EQ(events.told, (Told{"leading", "following"}));
}

TEST_F(LeadershipTest, GivesTheLeadBackOnlyWhileItHasIt) {
  EXPECT_TRUE(contract::run(io, give_back(&leadership)).ok());
  EXPECT_TRUE(upkeep.asked.empty());
  keep();
  upkeep.resigned = Failure{FailureKind::local, "redis_timeout", ""};
  EXPECT_TRUE(contract::run(io, give_back(&leadership)).ok());
  EXPECT_FALSE(leadership.leads());
  EXPECT_EQ(upkeep.asked.back(), "s1 resigns");
}

}  // namespace
}  // namespace claimferry::scheduler
