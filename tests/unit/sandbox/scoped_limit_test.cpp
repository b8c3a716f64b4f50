#include "tests/sandbox/model/scoped_limit.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{std::chrono::hours(500'000)};

ScopedLimit limit_of(LimitScope scope, std::vector<RateChange> schedule = {}) {
  LimitSettings settings;
  settings.kind = LimitKind::token_bucket;
  settings.rate = 1;
  settings.burst = 1;
  settings.scope = scope;
  settings.schedule = std::move(schedule);
  ScopedLimit limit;
  limit.configure(settings, start);
  return limit;
}

TEST(ScopedLimit, OfTheAppIsOneCountForAllAddresses) {
  ScopedLimit limit = limit_of(LimitScope::app);
  EXPECT_TRUE(limit.count_of("10.0.0.1").take(start).granted);
  EXPECT_FALSE(limit.count_of("10.0.0.2").take(start).granted);
  EXPECT_EQ(limit.counts(), 1U);
}

TEST(ScopedLimit, ByAddressIsACountForEach) {
  ScopedLimit limit = limit_of(LimitScope::address);
  for (const char* address : {"10.0.0.1", "10.0.0.2", ""}) {
    EXPECT_TRUE(limit.count_of(address).take(start).granted) << address;
    EXPECT_FALSE(limit.count_of(address).take(start).granted) << address;
  }
  EXPECT_EQ(limit.counts(), 3U);
}

TEST(ScopedLimit, TheAddressThatAskedLongestAgoIsForgottenAtTheLimit) {
  ScopedLimit limit = limit_of(LimitScope::address);
  for (std::size_t address = 0; address < limited_addresses_max; ++address) {
    limit.count_of(std::to_string(address)).take(start);
  }
  EXPECT_FALSE(limit.count_of("0").take(start).granted) << "all are still known";
  limit.count_of("one more").take(start);
  EXPECT_EQ(limit.counts(), limited_addresses_max);
  EXPECT_FALSE(limit.count_of("0").take(start).granted) << "it has asked again since";
  EXPECT_TRUE(limit.count_of("1").take(start).granted) << "forgotten, so that it begins afresh";
}

TEST(ScopedLimit, AnAddressThatComesLaterFollowsTheSameSchedule) {
  ScopedLimit limit = limit_of(LimitScope::address, {{60'000, 10}});
  EXPECT_TRUE(limit.count_of("late").take(start + 59s).granted);
  EXPECT_EQ(limit.count_of("late").take(start + 59s).wait, 1s);
  EXPECT_TRUE(limit.count_of("later").take(start + 60s).granted);
  EXPECT_EQ(limit.count_of("later").take(start + 60s).wait, 100ms);
}

TEST(ScopedLimit, AllItsCountsTogetherLetThroughTheirRatesTimesTheirNumber) {
  ScopedLimit limit = limit_of(LimitScope::address, {{1000, 5}});
  EXPECT_EQ(limit.sustained(start).rate, 1);
  limit.count_of("a");
  limit.count_of("b");
  EXPECT_EQ(limit.sustained(start).rate, 2);
  EXPECT_EQ(limit.sustained(start).until, start + 1s);
  EXPECT_EQ(limit.sustained(start + 1s).rate, 10);
}

TEST(ScopedLimit, SettingItAnewForgetsEveryCount) {
  ScopedLimit limit = limit_of(LimitScope::address);
  limit.count_of("a").take(start);
  limit.configure(limit.settings(), start);
  EXPECT_EQ(limit.counts(), 0U);
  EXPECT_TRUE(limit.count_of("a").take(start).granted);
}

}  // namespace
}  // namespace claimferry::sandbox
