#include "tests/sandbox/model/rate_plan.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{std::chrono::hours(500'000)};

TEST(RatePlan, WithoutChangesItsRateIsForEver) {
  const RatePlan plan(5, {}, start);
  EXPECT_EQ(plan.at(WallTime::min()).rate, 5);
  EXPECT_EQ(plan.at(start).until, WallTime::max());
  EXPECT_EQ(plan.amount(start, start + 2s), 10);
}

TEST(RatePlan, AChangeHoldsFromItsMillisecondOn) {
  const RatePlan plan(10, {{1000, 50}, {3000, 1}}, start);
  const struct {
    Duration after;
    double rate;
  } moments[] = {{-1h, 10}, {0ms, 10}, {999ms, 10}, {1000ms, 50}, {2999ms, 50}, {3s, 1}, {9h, 1}};
  for (const auto& moment : moments) {
    EXPECT_EQ(plan.at(start + moment.after).rate, moment.rate) << moment.after.count();
  }
  EXPECT_EQ(plan.at(start).until, start + 1s);
  EXPECT_EQ(plan.at(start + 1s).until, start + 3s);
}

TEST(RatePlan, AmountsAddUpAcrossChanges) {
  const RatePlan plan(10, {{1000, 50}, {3000, 1}}, start);
  EXPECT_EQ(plan.amount(start, start + 4s), 10 + 100 + 1);
  EXPECT_EQ(plan.amount(start + 500ms, start + 1500ms), 5 + 25);
  EXPECT_EQ(plan.amount(start + 2s, start + 2s), 0);
  EXPECT_EQ(plan.amount(start + 2s, start + 1s), 0) << "a clock set back";
}

}  // namespace
}  // namespace claimferry::sandbox
