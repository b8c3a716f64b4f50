#include "tests/sandbox/model/payer_limits.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr WallTime start{std::chrono::hours(500'000)};

LimitSettings bucket(double rate, double burst) {
  LimitSettings settings;
  settings.kind = LimitKind::token_bucket;
  settings.rate = rate;
  settings.burst = burst;
  return settings;
}

LimitSettings bucket_by_address(double rate, double burst) {
  LimitSettings settings = bucket(rate, burst);
  settings.scope = LimitScope::address;
  return settings;
}

PayerLimits limits_of(const LimitSettings& limit, std::optional<LimitSettings> address = {}) {
  PayerLimits limits;
  limits.configure(Limits{limit, std::move(address)}, start);
  return limits;
}

unsigned granted(PayerLimits& limits, const std::string& address, unsigned requests) {
  unsigned granted = 0;
  for (unsigned request = 0; request < requests; ++request) {
    granted += limits.take(Counted::resource, address, start).granted ? 1 : 0;
  }
  return granted;
}

TEST(PayerLimits, ARequestPassesWhenBothGrantIt) {
  PayerLimits limits = limits_of(bucket(1, 5), bucket_by_address(1, 2));
  EXPECT_EQ(granted(limits, "a", 9), 2U) << "by the address";
  EXPECT_EQ(granted(limits, "b", 9), 2U) << "what was refused took nothing of the app's";
  EXPECT_EQ(granted(limits, "c", 9), 1U) << "by the app";
}

TEST(PayerLimits, WhatTheAppsLimitRefusesTakesNothingFromTheAddress) {
  PayerLimits limits = limits_of(bucket(1, 1), bucket_by_address(0.001, 2));
  EXPECT_EQ(granted(limits, "a", 9), 1U);
  EXPECT_TRUE(limits.take(Counted::resource, "a", start + 1s).granted);
  EXPECT_FALSE(limits.take(Counted::resource, "a", start + 2s).granted) << "now the address's";
}

TEST(PayerLimits, TheLongerWaitIsAskedForInItsOwnForm) {
  LimitSettings dated = bucket_by_address(0.1, 1);
  dated.retry_after = RetryAfter::date;
  PayerLimits limits = limits_of(bucket(1, 1), dated);
  EXPECT_EQ(granted(limits, "a", 1), 1U);
  const auto both = limits.take(Counted::resource, "a", start);
  EXPECT_EQ(both.wait, 10s);
  EXPECT_EQ(both.retry_after, RetryAfter::date);
  const auto app_only = limits.take(Counted::resource, "b", start);
  EXPECT_EQ(app_only.wait, 1s);
  EXPECT_EQ(app_only.retry_after, RetryAfter::seconds);
}

TEST(PayerLimits, ALimitOfOneScopeStandsAloneToo) {
  PayerLimits limits = limits_of(bucket_by_address(1, 1));
  EXPECT_EQ(granted(limits, "a", 2), 1U);
  EXPECT_EQ(granted(limits, "b", 2), 1U);
  limits = limits_of(LimitSettings(), bucket_by_address(1, 1));
  EXPECT_EQ(granted(limits, "a", 2), 1U);
  EXPECT_EQ(granted(limits, "b", 2), 1U);
}

TEST(PayerLimits, RequestsForTokensCountWhereALimitSaysSo) {
  LimitSettings with_tokens = bucket_by_address(1, 1);
  with_tokens.tokens = true;
  PayerLimits limits = limits_of(bucket(1, 2), with_tokens);
  EXPECT_TRUE(limits.take(Counted::token, "a", start).granted);
  EXPECT_FALSE(limits.take(Counted::token, "a", start).granted);
  EXPECT_EQ(granted(limits, "b", 1) + granted(limits, "c", 1), 2U) << "the app's has both left";
  EXPECT_EQ(limits.usage().totals().requests(), 4U);
  limits = limits_of(bucket(1, 1));
  EXPECT_TRUE(limits.take(Counted::token, "a", start).told.empty());
  EXPECT_EQ(limits.usage().totals().requests(), 0U);
}

TEST(PayerLimits, HeadersTellOfThoseThatWantToBeTold) {
  PayerLimits both = limits_of(bucket(1, 5), bucket_by_address(1, 1));
  ASSERT_EQ(both.take(Counted::resource, "a", start).told.size(), 2U);
  const auto refused = both.take(Counted::resource, "a", start);
  EXPECT_EQ(refused.told[0].name, "rate-limit-1");
  EXPECT_EQ(refused.told[0].remaining, 4U) << "the refused one took nothing";
  EXPECT_EQ(refused.told[1].name, "rate-limit-2");
  EXPECT_EQ(refused.told[1].limit, 1U);
  EXPECT_EQ(refused.told[1].remaining, 0U);
  LimitSettings silent = bucket(1, 5);
  silent.headers = false;
  PayerLimits one = limits_of(silent, bucket_by_address(1, 1));
  EXPECT_EQ(one.take(Counted::resource, "a", start).told.size(), 1U);
}

TEST(PayerLimits, AllowWhatTheTighterOfThemAddsUpTo) {
  EXPECT_EQ(limits_of(LimitSettings()).allowed(start, start + 1s), std::nullopt);
  LimitSettings app = bucket(10, 1);
  app.schedule = {{2000, 100}};
  PayerLimits limits = limits_of(app, bucket_by_address(40, 1));
  EXPECT_EQ(limits.allowed(start, start + 3s), 10 + 10 + 40);
  EXPECT_EQ(limits.allowed(start + 1500ms, start + 2500ms), 5 + 20);
  granted(limits, "a", 1);
  granted(limits, "b", 1);
  EXPECT_EQ(limits.allowed(start + 2s, start + 3s), 80) << "two addresses have asked";
  LimitSettings window = bucket(0.5, 1);
  window.kind = LimitKind::fixed_window;
  window.window_ms = 3000;
  EXPECT_DOUBLE_EQ(*limits_of(window).allowed(start, start + 3s), 1) << "whole requests";
}

}  // namespace
}  // namespace claimferry::sandbox
