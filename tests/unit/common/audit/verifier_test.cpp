#include "common/audit/verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/audit/segment.hpp"
#include "tests/unit/common/audit/chain_fixture.hpp"

namespace claimferry::audit {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

VerifyReport verified(const Lines& lines, std::optional<Head> redis = std::nullopt) {
  Verifier verifier(std::move(redis));
  verifier.begin_segment("audit-2026-11.jsonl");
  for (const std::string& line : lines) {
    verifier.line(line);
  }
  return verifier.finish();
}

// One flaw, where and what.
void expect_flaw(const Lines& lines, std::size_t at, const std::string& what,
                 std::optional<Head> redis = std::nullopt) {
  const auto report = verified(lines, std::move(redis));
  ASSERT_EQ(report.flaws_in_all, 1U) << what;
  EXPECT_EQ(report.flaws[0].file, "audit-2026-11.jsonl");
  EXPECT_EQ(report.flaws[0].line, at);
  EXPECT_THAT(report.flaws[0].what, HasSubstr(what));
}

TEST(Verifier, FindsNothingInWhatWasWritten) {
  const Lines lines = chain(5);
  const auto report = verified(lines, parse_line(lines[4])->head());
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.lines, 5U);
  EXPECT_EQ(report.segments, 1U);
  EXPECT_EQ(report.head.seq, 5U);
  EXPECT_TRUE(verified(lines, parse_line(lines[2])->head()).sound());  // forgotten later
  EXPECT_TRUE(verified({}).sound());
}

TEST(Verifier, FindsAChangedByte) {
  Lines lines = chain(5);
  lines[2].replace(lines[2].find("M1"), 2, "M2");
  expect_flaw(lines, 3, "was changed");
  lines[2] = "{}";
  expect_flaw(lines, 3, "no line of the audit");
}

TEST(Verifier, FindsALineThatWasSealedAnew) {
  Lines lines = chain(5);
  Head head = parse_line(lines[1])->head();
  lines[2] = chain(9, 9, head)[0];
  expect_flaw(lines, 4, "does not follow");
}

TEST(Verifier, FindsARemovedLine) {
  Lines lines = chain(5);
  lines.erase(lines.begin() + 1, lines.begin() + 3);
  expect_flaw(lines, 2, "lines 2 to 3 of the chain are missing before it");
}

TEST(Verifier, FindsAnInsertedLine) {
  Lines lines = chain(5);
  Head head = parse_line(lines[1])->head();
  lines.insert(lines.begin() + 2, chain(9, 9, head)[0]);
  expect_flaw(lines, 4, "twice");
}

TEST(Verifier, FindsReorderedAndDuplicatedLines) {
  Lines lines = chain(5);
  lines.insert(lines.begin() + 2, lines[1]);
  expect_flaw(lines, 3, "twice");
  lines = chain(5);
  std::swap(lines[1], lines[2]);
  EXPECT_FALSE(verified(lines).sound());
}

TEST(Verifier, FindsACutEndByWhatRedisRemembers) {
  Lines lines = chain(5);
  const Head head = parse_line(lines[4])->head();
  lines.resize(3);
  EXPECT_TRUE(verified(lines).sound());
  expect_flaw(lines, 3, "cut off", head);
  EXPECT_FALSE(verified({}, head).sound());
}

TEST(Verifier, FindsAnAuditThatWasWrittenAnew) {
  expect_flaw(chain(5), 5, "not the line that Redis remembers", Head{5, std::string(64, 'a')});
}

TEST(Verifier, FindsAMissingBeginUnlessALineSaysWhy) {
  Head head;
  const Lines old = chain(1, 3, head);
  const Head anchor = head;
  Lines left = chain(4, 5, head);
  expect_flaw(left, 1, "lines 1 to 3 of the chain are missing before it");
  left.push_back(line_after(head, removal({2020y / 10}, anchor, WallTime())));
  EXPECT_TRUE(verified(left).sound());
  left.erase(left.begin());
  EXPECT_FALSE(verified(left).sound());  // more is gone than the line says
}

TEST(Verifier, CountsMoreFlawsThanItKeeps) {
  const auto report = verified(Lines(50, "{}"));
  EXPECT_EQ(report.flaws_in_all, 50U);
  EXPECT_EQ(report.flaws.size(), Verifier::flaws_kept);
}

}  // namespace
}  // namespace claimferry::audit
