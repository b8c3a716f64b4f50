#include "worker/running_jobs.hpp"

#include <gtest/gtest.h>

#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

const StandingClock clock_of_tests;

queue::Lease lease(const std::string& job, std::uint64_t fence) {
  return lease_of(job, "M" + job, fence, clock_of_tests.now);
}

class RunningJobsTest : public testing::Test {
 protected:
  std::shared_ptr<RunningJob> add(const std::string& job, std::uint64_t fence) {
    return jobs.add(lease(job, fence), now, now + 30s);
  }
  std::vector<std::uint64_t> fences() const {
    std::vector<std::uint64_t> all;
    for (const queue::JobRef& ref : jobs.refs()) {
      all.push_back(to_number(ref.fence));
    }
    return all;
  }

  RunningJobs jobs;
  SteadyTime now = clock_of_tests.steady();
};

TEST_F(RunningJobsTest, KnowsEachJobUntilItIsRemoved) {
  EXPECT_TRUE(jobs.empty());
  const auto first = add("a", 1);
  add("b", 2);
  EXPECT_EQ(jobs.size(), 2U);
  EXPECT_EQ(fences(), (std::vector<std::uint64_t>{1, 2}));
  jobs.remove(first->lease.ref);
  EXPECT_EQ(fences(), std::vector<std::uint64_t>{2});
  jobs.remove(first->lease.ref);
  EXPECT_EQ(jobs.size(), 1U);
}

TEST_F(RunningJobsTest, ANewClaimOfTheSameJobStopsTheOlderOne) {
  const auto older = add("a", 1);
  const auto newer = add("a", 2);
  ASSERT_TRUE(older->stop.requested());
  EXPECT_EQ(older->stop.why().kind, FailureKind::lease_lost);
  EXPECT_FALSE(newer->stop.requested());
  EXPECT_EQ(jobs.size(), 2U);  // the older one still holds its slot until it ended
}

TEST_F(RunningJobsTest, AHeartbeatKeepsOnlyTheNewestClaimOfEachJob) {
  add("a", 1);
  add("a", 5);
  add("a", 9);
  add("b", 3);
  EXPECT_EQ(fences(), (std::vector<std::uint64_t>{9, 3}));
}

TEST_F(RunningJobsTest, TheEndOfTheOlderClaimLeavesTheNewerOneAlone) {
  const auto older = add("a", 1);
  const auto newer = add("a", 2);
  jobs.remove(older->lease.ref);
  EXPECT_EQ(jobs.size(), 1U);
  EXPECT_EQ(fences(), std::vector<std::uint64_t>{2});
  jobs.stop(newer->lease.ref, {FailureKind::cancelled, "cancelled", ""});
  EXPECT_TRUE(newer->stop.requested());
}

TEST_F(RunningJobsTest, ExtendsAndStopsByJobAndFence) {
  const auto older = add("a", 1);
  const auto newer = add("a", 2);
  jobs.extend(newer->lease.ref, now + 1min);
  EXPECT_EQ(newer->lease_until, now + 1min);
  EXPECT_EQ(older->lease_until, now + 30s);
  jobs.extend({*JobId::parse("z"), *MemberId::parse("M"), Fence{1}}, now + 1min);
  jobs.stop({*JobId::parse("a"), *MemberId::parse("M"), Fence{7}},
            {FailureKind::cancelled, "cancelled", ""});
  EXPECT_FALSE(newer->stop.requested());
}

TEST_F(RunningJobsTest, TheFirstReasonToStopStays) {
  const auto job = add("a", 1);
  jobs.stop(job->lease.ref, {FailureKind::cancelled, "cancelled", ""});
  jobs.stop_all({FailureKind::drained, "drained", ""});
  EXPECT_EQ(job->stop.why().kind, FailureKind::cancelled);
}

TEST_F(RunningJobsTest, StopsAllAtOnce) {
  const auto first = add("a", 1);
  const auto second = add("b", 2);
  jobs.stop_all({FailureKind::drained, "drained", ""});
  EXPECT_EQ(first->stop.why().kind, FailureKind::drained);
  EXPECT_EQ(second->stop.why().kind, FailureKind::drained);
}

TEST_F(RunningJobsTest, ReckonsAJobsAgeByTheTimesOfRedis) {
  queue::Lease old = lease("a", 1);
  old.enqueued_at -= 3h;
  const auto job = jobs.add(std::move(old), now, now + 30s);
  EXPECT_EQ(job->age_when_claimed, 3h);
}

}  // namespace
}  // namespace claimferry::worker
