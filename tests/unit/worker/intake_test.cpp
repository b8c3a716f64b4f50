#include "worker/intake.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

using Told = std::vector<std::string>;

awaitable<bool> to_the_end(Intake* intake) {
  co_await intake->run();
  co_return true;
}

class IntakeTest : public testing::Test {
 protected:
  void make(unsigned slots) {
    Intake::Options options{*WorkerId::parse("w1"), slots, 30s, 1s, 24h};
    intake = std::make_unique<Intake>(
        clock, random, sleeper, queue, events, running, options, [this] { return open; },
        [this](std::shared_ptr<RunningJob> job) { started.push_back(std::move(job)); });
  }
  // Until it has slept so often; then the stop that a drain brings.
  void run_for(std::size_t sleeps) {
    sleeper.slept.clear();
    sleeper.on_sleep = [this, sleeps] {
      if (sleeper.slept.size() == sleeps) {
        intake->stop();
      }
    };
    EXPECT_TRUE(contract::run(io, to_the_end(intake.get())));
  }
  queue::ClaimReply leases(unsigned count) {
    queue::ClaimReply reply;
    for (unsigned number = 0; number < count; ++number) {
      const auto name = std::to_string(++claimed);
      reply.leases.push_back(lease_of("j" + name, "M" + name, claimed, clock.now));
    }
    return reply;
  }

  boost::asio::io_context io;
  StandingClock clock;
  SeededRandom random{1};
  QuickSleeper sleeper{clock};
  QueueStub queue;
  Events events;
  RunningJobs running;
  std::vector<queue::PayerCap> open{{payer_name, 64}};
  std::vector<std::shared_ptr<RunningJob>> started;
  std::unique_ptr<Intake> intake;
  unsigned claimed = 0;
};

TEST_F(IntakeTest, ClaimsNoMoreThanItHasFreeSlots) {
  make(3);
  queue.claims.emplace_back(leases(1));
  run_for(1);
  EXPECT_EQ(queue.asked, (Told{"claim 3", "claim 2"}));
  EXPECT_EQ(started.size(), 1U);
  EXPECT_EQ(running.size(), 1U);
}

TEST_F(IntakeTest, ClaimsNothingWhileEverySlotIsTaken) {
  make(2);
  queue.claims.emplace_back(leases(2));
  run_for(3);
  EXPECT_EQ(queue.asked, Told{"claim 2"});
  EXPECT_EQ(sleeper.slept, (std::vector<Duration>{1s, 1s, 1s}));
}

TEST_F(IntakeTest, ASlotThatBecameFreeIsClaimedFor) {
  make(1);
  queue.claims.emplace_back(leases(1));
  sleeper.on_sleep = [this] {
    if (sleeper.slept.size() == 1) {
      running.remove(started[0]->lease.ref);
      intake->wake();
    } else {
      intake->stop();
    }
  };
  EXPECT_TRUE(contract::run(io, to_the_end(intake.get())));
  EXPECT_EQ(queue.asked, (Told{"claim 1", "claim 1"}));
}

TEST_F(IntakeTest, AsksForNoMoreThanAScriptGives) {
  make(limits::slots_max);
  run_for(1);
  EXPECT_EQ(queue.asked, Told{"claim " + std::to_string(limits::script_items_max)});
}

TEST_F(IntakeTest, GoesOnWithoutAPauseWhileThereIsWork) {
  make(10);
  for (unsigned time = 0; time < 4; ++time) {
    queue.claims.emplace_back(leases(2));
  }
  run_for(1);
  EXPECT_EQ(queue.asked, (Told{"claim 10", "claim 8", "claim 6", "claim 4", "claim 2"}));
}

TEST_F(IntakeTest, ReckonsALeaseFromBeforeItsCall) {
  make(1);
  queue.claims.emplace_back(leases(1));
  const SteadyTime sent = clock.steady();
  queue.before_claim_answers = [this]() -> awaitable<void> {
    clock.now += 4s;  // Redis took its time
    co_return;
  };
  run_for(1);
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0]->lease_until, sent + 30s);
  EXPECT_EQ(started[0]->claimed_at, sent);
}

TEST_F(IntakeTest, WaitsUntilSomethingBecomesRunnableButNeitherLongNorAnInstant) {
  make(1);
  for (const auto& next_in : {std::optional<Duration>(300ms), std::optional<Duration>(5s),
                              std::optional<Duration>(1ms), std::optional<Duration>()}) {
    queue::ClaimReply reply;
    reply.next_in = next_in;
    queue.claims.emplace_back(std::move(reply));
  }
  run_for(4);
  EXPECT_EQ(sleeper.slept, (std::vector<Duration>{300ms, 1s, 100ms, 1s}));
}

TEST_F(IntakeTest, TellsOfMalformedJobsAndSettlesWhatItCannotRead) {
  make(4);
  queue::ClaimReply reply;
  reply.malformed = {*JobId::parse("broken")};
  reply.unreadable = {{*JobId::parse("odd"), *MemberId::parse("M1"), Fence{7}}};
  queue.claims.emplace_back(std::move(reply));
  run_for(1);
  EXPECT_EQ(events.told, (Told{"malformed broken", "malformed odd"}));
  EXPECT_EQ(queue.asked, (Told{"claim 4", "settle odd dead malformed_job", "claim 4"}));
  ASSERT_EQ(queue.settled.size(), 1U);
  EXPECT_EQ(queue.settled[0].stage, Stage::intake);
  EXPECT_NE(queue.settled[0].detail.find("enqueue the work again"), std::string::npos);
  EXPECT_EQ(queue.updates[0].next_due_in, 24h);
  EXPECT_FALSE(queue.updates[0].swept);
  EXPECT_TRUE(started.empty());
}

TEST_F(IntakeTest, TellsOfAnUnreadableJobOnlyOnceItIsSettled) {
  make(4);
  queue::ClaimReply reply;
  reply.unreadable = {{*JobId::parse("odd"), *MemberId::parse("M1"), Fence{7}}};
  queue.claims.emplace_back(std::move(reply));
  queue.settles.emplace_back(redis_away());
  run_for(1);
  EXPECT_TRUE(events.told.empty());  // the reaper brings it back
}

TEST_F(IntakeTest, WaitsOutRedisWithGrowingPausesAndTellsOnce) {
  make(4);
  for (unsigned time = 0; time < 40; ++time) {
    queue.claims.emplace_back(redis_away());
  }
  run_for(41);
  EXPECT_EQ(events.told, (Told{"redis away", "redis back"}));
  Duration longest = 0ms;
  for (std::size_t at = 0; at < 40; ++at) {
    EXPECT_GE(sleeper.slept[at], 50ms);
    EXPECT_LE(sleeper.slept[at], 5s);
    longest = std::max(longest, sleeper.slept[at]);
  }
  EXPECT_LE(sleeper.slept[0], 200ms);
  EXPECT_GT(longest, 2s);
}

TEST_F(IntakeTest, ClaimsErasuresAloneWhileNoPayerMayBeWorkedFor) {
  make(4);
  open.clear();
  run_for(2);
  EXPECT_EQ(queue.asked, (std::vector<std::string>{"claim erasures", "claim erasures"}));
  EXPECT_EQ(sleeper.slept, (std::vector<Duration>{1s, 1s}));
}

TEST_F(IntakeTest, ClaimsForThePayersThatMayBeWorkedForNow) {
  make(4);
  open = {{payer_name, 7}};
  run_for(1);
  ASSERT_EQ(queue.claimed_for.size(), 1U);
  ASSERT_EQ(queue.claimed_for[0].size(), 1U);
  EXPECT_EQ(queue.claimed_for[0][0].payer, payer_name);
  EXPECT_EQ(queue.claimed_for[0][0].jobs_running_max, 7U);
}

TEST_F(IntakeTest, HasEndedOnlyWhenNoClaimIsUnderWay) {
  make(4);
  queue.claims.emplace_back(leases(1));
  bool ended_during_claim = true;
  queue.before_claim_answers = [this, &ended_during_claim]() -> awaitable<void> {
    intake->stop();
    ended_during_claim = intake->ended();
    co_return;
  };
  EXPECT_TRUE(contract::run(io, to_the_end(intake.get())));
  EXPECT_FALSE(ended_during_claim);
  EXPECT_TRUE(intake->ended());
  EXPECT_EQ(queue.asked, Told{"claim 4"});
  EXPECT_EQ(started.size(), 1U);  // what it brought is somebody's: it is not dropped
}

TEST_F(IntakeTest, AStopBeforeItBeganEndsItWithoutAClaim) {
  make(4);
  intake->stop();
  EXPECT_TRUE(contract::run(io, to_the_end(intake.get())));
  EXPECT_TRUE(queue.asked.empty());
  EXPECT_TRUE(intake->ended());
}

}  // namespace
}  // namespace claimferry::worker
