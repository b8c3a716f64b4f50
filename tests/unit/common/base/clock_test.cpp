#include "common/base/clock.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

using namespace std::chrono;

TEST(Clock, FormatsDatesAsIso8601) {
  EXPECT_EQ(format_date(sys_days{2026y / March / 1}), "2026-03-01");
  EXPECT_EQ(format_date(sys_days{999y / December / 31}), "0999-12-31");
}

TEST(Clock, SteadyTimeNeverGoesBack) {
  const SystemClock clock;
  const SteadyTime first = clock.steady();
  EXPECT_LE(first, clock.steady());
}

}  // namespace
}  // namespace claimferry
