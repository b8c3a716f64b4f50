#include "common/queue/job.hpp"

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr sys_days new_year{2024y / 1 / 1};
constexpr sys_days leap_day{2024y / 2 / 29};

TEST(Job, KindsAndLanesComeBackFromTheirWords) {
  for (const JobKind kind :
       {JobKind::sync, JobKind::backfill, JobKind::keepalive, JobKind::erase}) {
    EXPECT_EQ(parse_job_kind(to_string(kind)), kind);
  }
  for (const Lane lane : {Lane::urgent, Lane::routine, Lane::backfill}) {
    EXPECT_EQ(parse_lane(to_string(lane)), lane);
  }
}

TEST(Job, TheWordsAreThoseThatStandInRedis) {
  EXPECT_EQ(to_string(JobKind::sync), "sync");
  EXPECT_EQ(to_string(JobKind::backfill), "backfill");
  EXPECT_EQ(to_string(JobKind::keepalive), "keepalive");
  EXPECT_EQ(to_string(JobKind::erase), "erase");
  EXPECT_EQ(to_string(Lane::urgent), "urgent");
  EXPECT_EQ(to_string(Lane::routine), "routine");
  EXPECT_EQ(to_string(Lane::backfill), "backfill");
}

TEST(Job, OtherWordsAreRefused) {
  for (const std::string_view word : {"", "Sync", "sync ", "sweep", "unknown", "urgent"}) {
    EXPECT_EQ(parse_job_kind(word), std::nullopt) << word;
  }
  for (const std::string_view word : {"", "Urgent", " urgent", "unknown", "sync"}) {
    EXPECT_EQ(parse_lane(word), std::nullopt) << word;
  }
}

TEST(Window, ComesBackFromItsTextAsItWas) {
  struct Row {
    Window window;
    std::string_view text;
  };
  const Row table[] = {
      {{}, "sweep"},
      {{new_year, std::nullopt}, "2024-01-01.."},
      {{std::nullopt, leap_day}, "..2024-02-29"},
      {{new_year, leap_day}, "2024-01-01..2024-02-29"},
      {{leap_day, leap_day}, "2024-02-29..2024-02-29"},
  };
  for (const auto& [window, text] : table) {
    EXPECT_EQ(window.str(), text);
    EXPECT_EQ(Window::parse(text), window) << text;
  }
}

TEST(Window, IsASweepOnlyWhenBothEndsAreOpen) {
  EXPECT_TRUE(Window{}.is_sweep());
  EXPECT_FALSE((Window{new_year, std::nullopt}.is_sweep()));
  EXPECT_FALSE((Window{std::nullopt, new_year}.is_sweep()));
}

TEST(Window, RefusesWhatIsNoWindow) {
  for (const std::string_view text : {
           "",
           "..",  // everything is called a sweep
           "Sweep",
           "sweep ",
           "2024-01-01",                // a day alone
           "2024-01-01.2024-02-01",     // one dot
           "2024-01-01...2024-02-01",   // three
           "2024-01-01..2024-02-01..",  // a third end
           "2024-02-01..2024-01-31",    // backwards
           "2024-1-01..",               // short fields
           "2024-01-1..",
           "24-01-01..",
           "02024-01-01..",
           "2024/01/01..",
           "2024-00-01..",  // no such month,
           "2024-13-01..",
           "2024-01-00..",  //   no such day
           "2024-01-32..",
           "2023-02-29..",
           "-024-01-01..",  // signs
           "2024-+1-01..",
           " 2024-01-01..",
           "2024-01-01.. ",
           "since..",
       }) {
    EXPECT_EQ(Window::parse(text), std::nullopt) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace claimferry::queue
