#include "scheduler/ctl/progress.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;

class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(); }
  SteadyTime steady() const override { return now; }
  SteadyTime now{};
};

TEST(Progress, ACommandThatIsSoonDoneSaysNothing) {
  MovedClock clock;
  std::ostringstream out;
  {
    Progress progress(out, true, clock, "keys rotate");
    progress.tell(3, 5);
  }
  EXPECT_EQ(out.str(), "");
}

TEST(Progress, IsAPlainLineNowAndThenInAFile) {
  MovedClock clock;
  std::ostringstream out;
  {
    Progress progress(out, false, clock, "keys rotate");
    clock.now += 10s;
    progress.tell(3, 5);
    clock.now += 9s;
    progress.tell(4, 5);
    clock.now += 1s;
    progress.tell(5, 0);
  }
  EXPECT_EQ(out.str(), "keys rotate: 3 of about 5 members\nkeys rotate: 5 members\n");
}

TEST(Progress, IsCutToATerminalsWidth) {
  MovedClock clock;
  std::ostringstream out;
  {
    Progress progress(out, true, clock, "backfill", "members", 20);
    clock.now += 1s;
    progress.tell(3, 5, "\u2588\u2588\u2588");
    clock.now += 1s;
    progress.tell(5, 0, "\u2588\u2588\u2588");
  }
  EXPECT_EQ(out.str(), "\r\x1b[Kbackfill: 3 of abou\r\x1b[Kbackfill: 5 members\r\x1b[K");
}

TEST(Progress, IsOneLineOnATerminalAndLeavesItEmpty) {
  MovedClock clock;
  std::ostringstream out;
  {
    Progress progress(out, true, clock, "keys rotate");
    clock.now += 200ms;
    progress.tell(3, 5);
    clock.now += 200ms;
    progress.tell(4, 5);
  }
  EXPECT_EQ(out.str(),
            "\r\x1b[Kkeys rotate: 3 of about 5 members"
            "\r\x1b[Kkeys rotate: 4 of about 5 members"
            "\r\x1b[K");
}

}  // namespace
}  // namespace claimferry::ctl
