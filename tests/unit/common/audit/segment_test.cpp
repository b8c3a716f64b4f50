#include "common/audit/segment.hpp"

#include <gtest/gtest.h>

namespace claimferry::audit {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const Segment november{2026y / 11};

TEST(Segment, IsAMonthInUtc) {
  EXPECT_EQ(Segment::of(sys_days(2026y / 11 / 1)), november);
  EXPECT_EQ(Segment::of(sys_days(2026y / 12 / 1) - 1ms), november);
  EXPECT_EQ(Segment::of(sys_days(2026y / 12 / 1)), (Segment{2026y / 12}));
  EXPECT_LT(november, (Segment{2027y / 1}));
}

TEST(Segment, HasOneName) {
  EXPECT_EQ(november.file_name(), "audit-2026-11.jsonl");
  EXPECT_EQ(Segment::parse("audit-2026-11.jsonl"), november);
  for (const char* name : {"", "lock", "audit-2026-13.jsonl", "audit-2026-00.jsonl",
                           "audit-2026-1.jsonl", "audit-2026-011.jsonl", "audit-2026_11.jsonl",
                           "audit-2026-11.jsonl~", "Audit-2026-11.jsonl", "audit- 026-11.jsonl"}) {
    EXPECT_FALSE(Segment::parse(name)) << name;
  }
}

TEST(Segment, ExpiresWhenItsLastMomentHas) {
  const std::chrono::days keep{30};
  EXPECT_EQ(november.end(), WallTime(sys_days(2026y / 12 / 1)));
  EXPECT_FALSE(november.has_expired(sys_days(2026y / 12 / 31) - 1ms, keep));
  EXPECT_TRUE(november.has_expired(sys_days(2026y / 12 / 31), keep));
}

TEST(Segment, SaysWhatItsRemovalLeavesTheChainAt) {
  const Head last{77, std::string(64, 'a')};
  const Entry entry = removal(november, last, WallTime(5ms));
  const auto said = removal_of(entry);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->last_removed, november);
  EXPECT_EQ(said->anchor, last);
}

TEST(Segment, IsNotRemovedByWhatAHandWrote) {
  Entry entry = removal(november, {77, std::string(64, 'a')}, WallTime(5ms));
  entry.id = "1795789970340-0";
  EXPECT_FALSE(removal_of(entry));
  EXPECT_FALSE(removal_of({"removed:x", WallTime(), "segments_removed", {}}));
  EXPECT_FALSE(removal_of({"1-0", WallTime(), "job_ended", {}}));
}

}  // namespace
}  // namespace claimferry::audit
