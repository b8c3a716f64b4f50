// How a fleet finds a payer's limit and shares it: minutes of virtual time, the payer's limits
// being the sandbox's own.
#include "tests/world/quota_fleet.hpp"

#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;
using quota::Use;
using sandbox::LimitKind;

struct Payer {
  const char* name;
  LimitKind kind;
  unsigned window_ms;
  bool says_retry_after;
  unsigned shards = 1;
  double used_least = 0;  // where it is less than all are held to
};
void PrintTo(const Payer& payer, std::ostream* out) {
  *out << payer.name;
}
std::string name_of(const testing::TestParamInfo<Payer>& which) {
  return std::string(which.param.name) + (which.param.says_retry_after ? "RetryAfter" : "Mute") +
         std::to_string(which.param.shards);
}

QuotaFleetOptions fleet_at(const Payer& payer, double rate, double truth) {
  QuotaFleetOptions options;
  options.shards = payer.shards;
  options.profile.rate = rate;
  options.profile.ceiling = rate;
  options.limit.kind = payer.kind;
  options.limit.rate = truth;
  options.limit.burst = 20;
  options.limit.window_ms = payer.window_ms;
  options.limit.retry_after =
      payer.says_retry_after ? sandbox::RetryAfter::seconds : sandbox::RetryAfter::none;
  options.demand[Use::routine] = 100;
  return options;
}

double used(const QuotaSecond& sum) {
  return sum.granted / sum.truth;
}
double refused(const QuotaSecond& sum) {
  return static_cast<double>(sum.refused) / (sum.granted + sum.refused);
}

class UnknownLimit : public testing::TestWithParam<Payer> {};

TEST_P(UnknownLimit, IsFoundWithinTwoMinutesAndUsedAlsoAfterItChanged) {
  auto options = fleet_at(GetParam(), 1000, 200);
  options.limit.schedule = {{240'000, 50}, {480'000, 400}};
  options.lasts = 12min;
  const double least = GetParam().used_least > 0 ? GetParam().used_least : 0.90;
  const QuotaRun run = run_quota_fleet(options);
  for (const Duration from : {2min, 6min, 10min}) {
    const QuotaSecond sum = run.sum(from, from + 2min);
    EXPECT_GT(used(sum), least) << from / 1min;
    EXPECT_LT(refused(sum), 0.02) << from / 1min;
  }
  EXPECT_EQ(run.during_quiet, 0U);
}

class KnownLimit : public testing::TestWithParam<Payer> {};

TEST_P(KnownLimit, IsUsedWholeAndHardlyEverPassed) {
  auto options = fleet_at(GetParam(), 200, 200);
  options.lasts = 2min;
  const QuotaRun run = run_quota_fleet(options);
  const QuotaSecond sum = run.sum(30s, 2min);
  EXPECT_GE(used(sum), GetParam().used_least > 0 ? GetParam().used_least : 0.99);
  EXPECT_LE(refused(sum), 0.001);
  EXPECT_EQ(run.during_quiet, 0U);
}

constexpr Payer bucket{"Bucket", LimitKind::token_bucket, 1'000, true, 4};

TEST(Lanes, UrgentWorkGoesFirstAndBackfillKeepsToItsShare) {
  auto options = fleet_at(bucket, 200, 200);
  options.profile.backfill_share = 0.2;
  options.demand[Use::urgent] = 20;
  options.demand[Use::routine] = 20;
  options.demand[Use::backfill] = 20;
  options.lasts = 1min;
  const QuotaSecond sum = run_quota_fleet(options).sum(10s, 1min);
  const double all = sum.granted + sum.refused;
  EXPECT_GT(sum.by_use[Use::urgent] / all, 0.5);
  EXPECT_GT(sum.by_use[Use::routine] / all, 0.2);
  EXPECT_LE(sum.by_use[Use::backfill] / all, 0.22);
}

TEST(Lanes, BackfillHasItsShareBesideRoutine) {
  auto options = fleet_at(bucket, 200, 200);
  options.profile.backfill_share = 0.3;
  options.demand[Use::backfill] = 50;
  options.lasts = 1min;
  const QuotaSecond sum = run_quota_fleet(options).sum(10s, 1min);
  const double all = sum.granted + sum.refused;
  EXPECT_NEAR(sum.by_use[Use::backfill] / all, 0.3, 0.05);
  EXPECT_GT(used(sum), 0.98);
}

TEST(Lanes, BackfillHasAllWhileNobodyElseWants) {
  auto options = fleet_at(bucket, 200, 200);
  options.demand = {};
  options.demand[Use::backfill] = 50;
  options.lasts = 1min;
  const QuotaRun run = run_quota_fleet(options);
  EXPECT_GT(used(run.sum(10s, 1min)), 0.98);
}

TEST(Lanes, ATokenGoesBeforePages) {
  auto options = fleet_at(bucket, 200, 200);
  options.demand[Use::token] = 4;
  options.lasts = 1min;
  const QuotaSecond sum = run_quota_fleet(options).sum(10s, 1min);
  const double all = sum.granted + sum.refused;
  EXPECT_GT(sum.by_use[Use::token] / all, 0.15);
  EXPECT_GT(sum.by_use[Use::routine] / all, 0.7);
}

constexpr auto fixed = LimitKind::fixed_window;
constexpr auto sliding = LimitKind::sliding_window;

// That a minute which slides and says nothing is fuller than it was shows only after it.
INSTANTIATE_TEST_SUITE_P(Of, UnknownLimit,
                         testing::Values(Payer{"Bucket", LimitKind::token_bucket, 1'000, true},
                                         Payer{"Bucket", LimitKind::token_bucket, 1'000, false},
                                         Payer{"FixedSecond", fixed, 1'000, true},
                                         Payer{"FixedSecond", fixed, 1'000, false},
                                         Payer{"SlidingSecond", sliding, 1'000, true},
                                         Payer{"SlidingSecond", sliding, 1'000, false},
                                         Payer{"FixedMinute", fixed, 60'000, true},
                                         Payer{"FixedMinute", fixed, 60'000, false},
                                         Payer{"SlidingMinute", sliding, 60'000, true},
                                         Payer{"SlidingMinute", sliding, 60'000, false, 1, 0.8},
                                         Payer{"Bucket", LimitKind::token_bucket, 1'000, true, 4},
                                         Payer{"SlidingSecond", sliding, 1'000, false, 4},
                                         Payer{"FixedMinute", fixed, 60'000, true, 4}),
                         name_of);
// A window that slides and is met to the last request refuses one now and then, for the jitter of
// the way to it; who names no end of that gets a second of quiet and a probe.
INSTANTIATE_TEST_SUITE_P(Of, KnownLimit,
                         testing::Values(Payer{"Bucket", LimitKind::token_bucket, 1'000, true},
                                         Payer{"FixedSecond", fixed, 1'000, true},
                                         Payer{"SlidingSecond", sliding, 1'000, true},
                                         Payer{"Bucket", LimitKind::token_bucket, 1'000, true, 4},
                                         Payer{"FixedSecond", fixed, 1'000, true, 4},
                                         Payer{"SlidingSecond", sliding, 1'000, false, 4, 0.95}),
                         name_of);

}  // namespace
}  // namespace claimferry::world
