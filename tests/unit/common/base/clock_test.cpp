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

TEST(FormatTime, IsUtcToTheSecondAndRoundsDown) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_time(WallTime(0ms)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(WallTime(1795789970999ms)), "2026-11-27T14:32:50Z");
  EXPECT_EQ(format_time(WallTime(-1ms)), "1969-12-31T23:59:59Z");
}

TEST(FormatTime, IsExactToTheMillisecond) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_exact_time(WallTime(0ms)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_exact_time(WallTime(1795789970999ms)), "2026-11-27T14:32:50.999Z");
  EXPECT_EQ(format_exact_time(WallTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace claimferry
