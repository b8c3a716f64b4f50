#include "worker/heartbeat.hpp"

#include <set>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

awaitable<bool> to_the_end(Heartbeat* heartbeat) {
  co_await heartbeat->run();
  co_return true;
}

class HeartbeatTest : public testing::Test {
 protected:
  std::shared_ptr<RunningJob> add(const std::string& job, std::uint64_t fence = 5) {
    return running.add(lease_of(job, "M" + job, fence, clock.now), clock.steady(),
                       clock.steady() + lease);
  }
  // So many beats, then the stop that a drain brings.
  void beat(std::size_t times = 1) {
    sleeper.slept.clear();
    sleeper.on_sleep = [this, times] {
      if (sleeper.slept.size() == times) {
        heartbeat.stop();
      }
    };
    EXPECT_TRUE(contract::run(io, to_the_end(&heartbeat)));
  }

  static constexpr Duration lease = 30s;
  boost::asio::io_context io;
  StandingClock clock;
  QuickSleeper sleeper{clock};
  QueueStub queue;
  RunningJobs running;
  Heartbeat heartbeat{clock, sleeper, queue, running, 10s, lease, 24h};
};

TEST_F(HeartbeatTest, OneCallKeepsAllLeasesOfAShard) {
  const auto first = add("a");
  const auto second = add("b");
  clock.now += 10s;
  const SteadyTime sent = clock.steady();
  beat();
  EXPECT_EQ(queue.asked, std::vector<std::string>{"heartbeat 2"});
  EXPECT_EQ(first->lease_until, sent + lease);
  EXPECT_EQ(second->lease_until, sent + lease);
  EXPECT_EQ(sleeper.slept, std::vector<Duration>{10s});
}

TEST_F(HeartbeatTest, AskedForItBeatsWithoutWaitingForTheNextRound) {
  add("a");
  heartbeat.beat_now();
  beat();
  EXPECT_EQ(queue.asked.size(), 2U);
  EXPECT_EQ(sleeper.slept.size(), 1U);
}

TEST_F(HeartbeatTest, WithoutJobsItAsksNothing) {
  beat(3);
  EXPECT_TRUE(queue.asked.empty());
}

TEST_F(HeartbeatTest, EachRoundReapsAlsoWithoutJobsOfItsOwn) {
  beat(2);
  EXPECT_EQ(queue.reaps, (std::vector<std::pair<unsigned, Duration>>{{100U, 24h}, {100U, 24h}}));
}

TEST_F(HeartbeatTest, NoneWhileItsOwnLeasesWaitForABeat) {
  add("a");
  queue.beats.emplace_back(redis_away());
  queue.beats.emplace_back(queue::HeartbeatReply());
  beat(2);
  EXPECT_EQ(queue.asked, (std::vector<std::string>{"heartbeat 1", "heartbeat 1"}));
  EXPECT_EQ(queue.reaps.size(), 1U);
}

TEST_F(HeartbeatTest, MoreJobsThanAScriptTakesGoInSeveralCalls) {
  for (std::size_t number = 0; number <= limits::script_items_max; ++number) {
    add("j" + std::to_string(number));
  }
  beat();
  EXPECT_EQ(queue.asked, (std::vector<std::string>{"heartbeat 100", "heartbeat 1"}));
  std::set<JobId> kept;
  for (const queue::JobRef& ref : queue.kept) {
    kept.insert(ref.job);
  }
  EXPECT_EQ(kept.size(), limits::script_items_max + 1);
}

TEST_F(HeartbeatTest, ExactlyAsManyAsAScriptTakesGoInOne) {
  for (std::size_t number = 0; number < limits::script_items_max; ++number) {
    add("j" + std::to_string(number));
  }
  beat();
  EXPECT_EQ(queue.asked, std::vector<std::string>{"heartbeat 100"});
}

TEST_F(HeartbeatTest, ALostLeaseStopsItsJobAndExtendsNothing) {
  const auto lost = add("a");
  const auto kept = add("b");
  const SteadyTime before = lost->lease_until;
  queue.beats.emplace_back(queue::HeartbeatReply{{lost->lease.ref.job}, {}});
  clock.now += 10s;
  beat();
  ASSERT_TRUE(lost->stop.requested());
  EXPECT_EQ(lost->stop.why().kind, FailureKind::lease_lost);
  EXPECT_EQ(lost->lease_until, before);
  EXPECT_FALSE(kept->stop.requested());
  EXPECT_GT(kept->lease_until, before);
}

TEST_F(HeartbeatTest, ACancelledJobIsStoppedUnderItsOwnLease) {
  const auto cancelled = add("a");
  const SteadyTime before = cancelled->lease_until;
  queue.beats.emplace_back(queue::HeartbeatReply{{}, {cancelled->lease.ref.job}});
  clock.now += 10s;
  beat();
  ASSERT_TRUE(cancelled->stop.requested());
  EXPECT_EQ(cancelled->stop.why().kind, FailureKind::cancelled);
  EXPECT_GT(cancelled->lease_until, before);  // it settles itself
}

TEST_F(HeartbeatTest, AMissedBeatExtendsNothingAndIsTriedAgainSoon) {
  const auto job = add("a");
  const SteadyTime before = job->lease_until;
  queue.beats.emplace_back(redis_away());
  beat();
  EXPECT_EQ(job->lease_until, before);
  EXPECT_FALSE(job->stop.requested());
  EXPECT_EQ(sleeper.slept, std::vector<Duration>{2s});
}

TEST_F(HeartbeatTest, OneMissedBatchDoesNotPassForAWholeBeat) {
  for (std::size_t number = 0; number <= limits::script_items_max; ++number) {
    add("j" + std::to_string(number));
  }
  queue.beats.emplace_back(redis_away());
  queue.beats.emplace_back(queue::HeartbeatReply());
  beat();
  EXPECT_EQ(queue.asked.size(), 2U);
  EXPECT_EQ(sleeper.slept, std::vector<Duration>{2s});
}

TEST_F(HeartbeatTest, ReckonsALeaseFromBeforeItsCall) {
  const auto job = add("a");
  const SteadyTime sent = clock.steady();
  queue.on_heartbeat = [this] { clock.now += 4s; };  // Redis took its time
  beat();
  EXPECT_EQ(job->lease_until, sent + lease);
}

TEST_F(HeartbeatTest, KeepsTheNewestClaimOfAJobThatWasClaimedTwice) {
  const auto older = add("a", 5);
  const auto newer = add("a", 9);
  const SteadyTime before = older->lease_until;
  clock.now += 10s;
  beat();
  ASSERT_EQ(queue.kept.size(), 1U);
  EXPECT_EQ(to_number(queue.kept[0].fence), 9U);
  EXPECT_EQ(older->lease_until, before);
  EXPECT_GT(newer->lease_until, before);
}

}  // namespace
}  // namespace claimferry::worker
