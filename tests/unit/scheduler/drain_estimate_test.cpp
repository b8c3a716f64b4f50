#include "scheduler/drain_estimate.hpp"

#include <gtest/gtest.h>

namespace claimferry::scheduler {
namespace {

using namespace std::chrono_literals;

class DrainEstimateTest : public testing::Test {
 protected:
  void note(Duration after, std::uint64_t ended) { estimate.note(SteadyTime(after), ended); }

  DrainEstimate estimate;
};

TEST_F(DrainEstimateTest, NothingThatWaitsIsDoneAtOnce) {
  EXPECT_EQ(estimate.seconds_for(0), 0);
}

TEST_F(DrainEstimateTest, WhereNothingMovesItNeverIs) {
  EXPECT_EQ(estimate.seconds_for(1), DrainEstimate::never_seconds);
  note(0s, 10);
  EXPECT_EQ(estimate.seconds_for(1), DrainEstimate::never_seconds);
  note(60s, 10);
  EXPECT_EQ(estimate.seconds_for(1), DrainEstimate::never_seconds);
}

TEST_F(DrainEstimateTest, GoesByThePaceOfTheLastFiveMinutes) {
  note(0s, 0);
  note(60s, 6'000);
  EXPECT_DOUBLE_EQ(estimate.seconds_for(1'000), 10);
  for (Duration at = 60s; at <= 660s; at += 5s) {
    note(at, 6'000 + static_cast<std::uint64_t>((at - 60s) / 1s));
  }
  EXPECT_NEAR(estimate.seconds_for(1'000), 1'000, 20) << "the quick start is long ago";
}

TEST_F(DrainEstimateTest, ARedisThatWasLostBeginsAnew) {
  note(0s, 100'000);
  note(60s, 160'000);
  note(65s, 3);
  EXPECT_EQ(estimate.seconds_for(1), DrainEstimate::never_seconds);
  note(75s, 13);
  EXPECT_DOUBLE_EQ(estimate.seconds_for(5), 5);
}

TEST_F(DrainEstimateTest, LooksThatComeOftenCostNothing) {
  for (int at = 0; at < 100'000; ++at) {
    note(Duration(at), static_cast<std::uint64_t>(at));
  }
  EXPECT_NEAR(estimate.seconds_for(1'000), 1, 0.1);
}

TEST_F(DrainEstimateTest, IsNeverMoreThanNever) {
  note(0s, 0);
  note(300s, 1);
  EXPECT_EQ(estimate.seconds_for(1'000'000'000), DrainEstimate::never_seconds);
}

}  // namespace
}  // namespace claimferry::scheduler
