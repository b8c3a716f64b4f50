#include "worker/job_settler.hpp"

#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

awaitable<bool> to_the_end(JobSettler* settler, std::shared_ptr<RunningJob> job) {
  queue::Settlement done;
  const queue::MemberUpdate update{1h};
  co_await settler->settle(std::move(job), std::move(done), update);
  co_return true;
}

class JobSettlerTest : public testing::Test {
 protected:
  void settle() {
    auto job = std::make_shared<RunningJob>(lease_of("j1", "M1", 5, clock.now), clock.steady(),
                                            clock.steady() + 30s);
    EXPECT_TRUE(contract::run(io, to_the_end(&settler, std::move(job))));
  }

  boost::asio::io_context io;
  StandingClock clock;
  SeededRandom random{1};
  QuickSleeper sleeper{clock};
  QueueStub queue;
  Events events;
  JobSettler settler{{clock, random, sleeper, queue, events}};
};

TEST_F(JobSettlerTest, WaitsOutARedisThatIsAwayAndTellsTheEndOnce) {
  queue.settles = {redis_away(), redis_away()};
  settle();
  EXPECT_EQ(queue.asked.size(), 3U);
  EXPECT_EQ(sleeper.slept.size(), 2U);
  EXPECT_EQ(events.told, std::vector<std::string>{"settled done "});
}

TEST_F(JobSettlerTest, LeavesTheJobToTheReaperWhenTheLeaseWouldHaveRunOut) {
  queue.settles.assign(1'000, redis_away());
  settle();
  EXPECT_TRUE(events.saw("lease lost"));
  EXPECT_TRUE(events.saw("settled abandon lease_expired"));
  EXPECT_LT(queue.asked.size(), 1'000U);
}

TEST_F(JobSettlerTest, ALeaseThatIsAnothersIsAbandonedAtOnce) {
  queue.settles.emplace_back(Failure{FailureKind::lease_lost, "lease_lost", "another's"});
  settle();
  EXPECT_EQ(queue.asked.size(), 1U);
  EXPECT_EQ(events.told, (std::vector<std::string>{"lease lost", "settled abandon lease_lost"}));
}

}  // namespace
}  // namespace claimferry::worker
