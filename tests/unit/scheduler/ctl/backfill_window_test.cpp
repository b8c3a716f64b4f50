#include "scheduler/ctl/backfill_window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

using testing::StartsWith;

const auto today = std::chrono::sys_days(std::chrono::year(2025) / 6 / 15);

std::string window(const std::string& since, const std::string& until) {
  const auto parsed = backfill_window(since, until, today);
  return parsed ? parsed->str() : parsed.failure().detail;
}

TEST(BackfillWindow, IsEverythingWithoutDates) {
  EXPECT_EQ(window("", ""), "sweep");
}

TEST(BackfillWindow, IsOpenWhereNoDateIsGiven) {
  EXPECT_EQ(window("2023-01-01", ""), "2023-01-01..");
  EXPECT_EQ(window("", "2023-12-31"), "..2023-12-31");
  EXPECT_EQ(window("2023-01-01", "2023-12-31"), "2023-01-01..2023-12-31");
  EXPECT_EQ(window("2024-02-29", "2024-02-29"), "2024-02-29..2024-02-29");
}

TEST(BackfillWindow, RefusesWhatIsNoDate) {
  for (const auto* word :
       {"yesterday", "2023", "2023-1-1", "2023-02-30", "2023-02-29", "2023-13-01", "2023-00-10",
        "20230101", "2023-01-01T00:00", " 2023-01-01", "2023-01-01..", "2023-01-01..2023-02-01",
        "sweep", ".."}) {
    EXPECT_THAT(window(word, ""), StartsWith("--since is no date")) << word;
    EXPECT_THAT(window("", word), StartsWith("--until is no date")) << word;
    EXPECT_THAT(window("2020-01-01", word), StartsWith("--until is no date")) << word;
  }
}

TEST(BackfillWindow, RefusesAFirstDayBehindTheLastOrYetToCome) {
  EXPECT_THAT(window("2023-01-02", "2023-01-01"), StartsWith("--until is before --since"));
  EXPECT_EQ(window("2025-06-15", ""), "2025-06-15..");
  EXPECT_THAT(window("2025-06-16", ""), StartsWith("--since is yet to come"));
  EXPECT_EQ(window("", "2025-06-16"), "..2025-06-16");
}

}  // namespace
}  // namespace claimferry::ctl
