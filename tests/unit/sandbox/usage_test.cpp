#include "tests/sandbox/model/usage.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{std::chrono::hours(500'000) + 123ms};

TEST(Usage, CountsEachRequestInTheSecondSinceItsBeginning) {
  Usage usage;
  usage.begin(start);
  usage.decided(start, true);
  usage.decided(start + 999ms, false);
  usage.decided(start + 1000ms, true);
  usage.asked_during_retry_after(start + 2s);
  EXPECT_EQ(usage.sum(0, 1).granted, 1U);
  EXPECT_EQ(usage.sum(0, 1).refused, 1U);
  EXPECT_EQ(usage.sum(1, 2).requests(), 1U);
  EXPECT_EQ(usage.sum(0, 3).requests(), 3U);
  EXPECT_EQ(usage.sum(0, 2).during_retry_after, 0U);
  EXPECT_EQ(usage.totals().during_retry_after, 1U);
}

TEST(Usage, KeepsAnHourOfSecondsAndTheTotalsOfAll) {
  Usage usage;
  usage.begin(start);
  for (int second = 0; second < usage_seconds_max; ++second) {
    usage.decided(start + std::chrono::seconds(second), true);
  }
  const WallTime last = start + std::chrono::seconds(usage_seconds_max - 1);
  EXPECT_EQ(usage.first_kept(last), 0);
  EXPECT_EQ(usage.sum(0, usage_seconds_max).granted, 3600U);
  usage.decided(last + 1s, true);
  EXPECT_EQ(usage.first_kept(last + 1s), 1);
  EXPECT_EQ(usage.sum(0, 1).granted, 0U) << "forgotten";
  EXPECT_EQ(usage.sum(0, usage_seconds_max + 1).granted, 3600U);
  EXPECT_EQ(usage.totals().granted, 3601U);
  usage.decided(last + 24h, true);
  EXPECT_EQ(usage.sum(0, 1'000'000).granted, 1U);
}

TEST(Usage, BeginsAnewAtEachSettingOfTheLimitElseWithTheFirstRequest) {
  Usage usage;
  EXPECT_EQ(usage.second_of(start), 0);
  usage.decided(start, true);
  usage.decided(start + 5s, true);
  EXPECT_EQ(usage.sum(5, 6).granted, 1U);
  usage.begin(start + 6s);
  EXPECT_EQ(usage.totals().requests(), 0U);
  usage.decided(start + 6s, true);
  EXPECT_EQ(usage.sum(0, 1).granted, 1U);
}

TEST(Usage, AClockSetBackCountsIntoTheLatestSecond) {
  Usage usage;
  usage.begin(start);
  usage.decided(start + 5s, true);
  usage.decided(start + 1s, true);
  usage.decided(start - 1h, true);
  EXPECT_EQ(usage.sum(5, 6).granted, 3U);
}

}  // namespace
}  // namespace claimferry::sandbox
