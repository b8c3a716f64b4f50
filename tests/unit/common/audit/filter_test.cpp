#include "common/audit/filter.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/audit/chain_fixture.hpp"

namespace claimferry::audit {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

TEST(Filter, TakesWhatFitsEveryWord) {
  const Entry entry{
      "5-0", WallTime(5ms), "tokens_issued", {{"member", "M1"}, {"worker", "w1"}, {"key", "k1"}}};
  EXPECT_TRUE(Filter{}.matches(entry));
  EXPECT_TRUE(
      (Filter{"M1", "k1", "w1", "tokens_issued", WallTime(5ms), WallTime(6ms)}).matches(entry));
  const Filter others[] = {
      {.member = "M"},          {.member = "M11"},      {.key = "k2"},
      {.worker = "w2"},         {.event = "job_ended"}, {.since = WallTime(6ms)},
      {.until = WallTime(5ms)},
  };
  for (const Filter& other : others) {
    EXPECT_FALSE(other.matches(entry));
  }
}

TEST(Filter, LeavesOutMonthsThatEndedBefore) {
  const Filter filter{.since = WallTime(sys_days(2026y / 11 / 1))};
  EXPECT_FALSE(filter.may_be_in({2026y / 10}));
  EXPECT_TRUE(filter.may_be_in({2026y / 11}));
  EXPECT_TRUE(Filter{}.may_be_in({2020y / 1}));
}

TEST(Filter, ReadsMoments) {
  const WallTime day = sys_days(2026y / 11 / 24);
  EXPECT_EQ(parse_moment("2026-11-24", false), day);
  EXPECT_EQ(parse_moment("2026-11-24", true), day + 24h);
  EXPECT_EQ(parse_moment("2026-11-24T10:02:03Z", false), day + 10h + 2min + 3s);
  EXPECT_EQ(parse_moment("2026-11-24T10:02:03Z", true), day + 10h + 2min + 4s);
  for (const char* text :
       {"", "2026", "2026-11-31", "2026-13-01", "2026-11-24T", "2026-11-24T24:00:00Z",
        "2026-11-24T10:60:00Z", "2026-11-24T10:00:00", "2026-11-24 10:00:00Z", "2026-11-24x",
        "2026-+1-24", "yesterday", "2026-11-24T10:00:00+01:00"}) {
    EXPECT_FALSE(parse_moment(text, false)) << text;
  }
}

TEST(Filter, ShowsALineThatNoValueCanForge) {
  Record record{1, numbered(1), "", ""};
  record.entry.fields = {{"member", "M1"}, {"empty", ""}, {"reason", "a\n\x1b[2Jb \"c"}};
  EXPECT_EQ(table_row(record),
            "1970-01-01T00:00:00.001Z  job_ended            member=M1 "
            "reason=\"a??[2Jb ?c\"");
}

}  // namespace
}  // namespace claimferry::audit
