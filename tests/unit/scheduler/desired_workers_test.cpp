#include "scheduler/desired_workers.hpp"

#include <gtest/gtest.h>

namespace claimferry::scheduler {
namespace {

class DesiredWorkers : public testing::Test {
 protected:
  std::uint64_t desired() const { return desired_workers(stats, worker); }

  queue::QueueStats stats;
  config::WorkerConfig worker;  // 32 slots, 32 requests in flight
};

TEST_F(DesiredWorkers, OneIsAlwaysThere) {
  EXPECT_EQ(desired(), 1U);
  stats.granted = {{"aetna", {20, false, 0}}};
  EXPECT_EQ(desired(), 1U);
}

TEST_F(DesiredWorkers, AsManyAsTheBacklogFills) {
  stats.granted = {{"aetna", {5'000, false, 384}}};
  EXPECT_EQ(desired(), 12U);
  stats.granted["aetna"].workable = 385;
  EXPECT_EQ(desired(), 13U);
  worker.slots = 64;
  EXPECT_EQ(desired(), 7U);
}

TEST_F(DesiredWorkers, NoMoreThanTheQuotaFeeds) {
  stats.granted = {{"aetna", {20, false, 100'000}}};
  EXPECT_EQ(desired(), 1U);
  stats.granted["aetna"].requests_a_second = 200;
  EXPECT_EQ(desired(), 7U);
  stats.granted["other"] = {100, false, 100'000};
  EXPECT_EQ(desired(), 10U);
}

TEST_F(DesiredWorkers, OnePayersQuotaDoesNotFeedAnothersBacklog) {
  stats.granted = {{"busy", {20, false, 100'000}}, {"idle", {5'000, false, 3}}};
  EXPECT_EQ(desired(), 1U);
  stats.granted["busy"].is_held = true;
  EXPECT_EQ(desired(), 1U);
}

TEST_F(DesiredWorkers, APayerThatAskedForQuietNeedsOneRequest) {
  stats.granted = {{"aetna", {5'000, true, 100'000}}};
  EXPECT_EQ(desired(), 1U);
  stats.granted["aetna"] = {0, true, 100'000};
  EXPECT_EQ(desired(), 1U) << "whether its limit is known or not";
}

TEST_F(DesiredWorkers, ALimitThatIsNotKnownBoundsNothing) {
  stats.granted = {{"aetna", {0, false, 3'200}}, {"other", {1, false, 0}}};
  EXPECT_EQ(desired(), 100U);
}

}  // namespace
}  // namespace claimferry::scheduler
