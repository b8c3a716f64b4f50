#include "scheduler/ctl/backfill_window.hpp"

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

std::string window(const std::string& since, const std::string& until) {
  const auto parsed = backfill_window(since, until);
  return parsed ? parsed->str() : "none";
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
    EXPECT_EQ(window(word, ""), "none") << word;
    EXPECT_EQ(window("", word), "none") << word;
    EXPECT_EQ(window("2020-01-01", word), "none") << word;
  }
}

TEST(BackfillWindow, RefusesAFirstDayBehindTheLast) {
  EXPECT_EQ(window("2023-01-02", "2023-01-01"), "none");
}

}  // namespace
}  // namespace claimferry::ctl
