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
}

TEST_F(DesiredWorkers, AsManyAsTheBacklogFills) {
  stats.ready_by_lane = {{"routine", 300}, {"backfill", 10}};
  stats.running = 64;
  stats.due_now = 10;
  EXPECT_EQ(desired(), 12U);
  stats.running = 65;
  EXPECT_EQ(desired(), 13U);
  worker.slots = 64;
  EXPECT_EQ(desired(), 7U);
}

TEST_F(DesiredWorkers, NoMoreThanTheQuotaFeeds) {
  stats.ready_by_lane = {{"routine", 100'000}};
  stats.granted = {{"aetna", {20, false}}};
  EXPECT_EQ(desired(), 1U);
  stats.granted["aetna"].requests_a_second = 200;
  EXPECT_EQ(desired(), 7U);
  stats.granted["other"] = {100, false};
  EXPECT_EQ(desired(), 10U);
}

TEST_F(DesiredWorkers, APayerThatAskedForQuietNeedsOneRequest) {
  stats.ready_by_lane = {{"routine", 100'000}};
  stats.granted = {{"aetna", {5'000, true}}};
  EXPECT_EQ(desired(), 1U);
  stats.granted["aetna"] = {0, true};
  EXPECT_EQ(desired(), 1U) << "whether its limit is known or not";
}

TEST_F(DesiredWorkers, ALimitThatIsNotKnownBoundsNothing) {
  stats.ready_by_lane = {{"routine", 3'200}};
  stats.granted = {{"aetna", {0, false}}, {"other", {1, false}}};
  EXPECT_EQ(desired(), 100U);
}

}  // namespace
}  // namespace claimferry::scheduler
