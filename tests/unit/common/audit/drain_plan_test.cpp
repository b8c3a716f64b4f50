#include "common/audit/drain_plan.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/audit/chain_fixture.hpp"

namespace claimferry::audit {
namespace {

// The records behind Redis' head, as a file holds them.
NextRecord reader(const std::vector<std::string>& lines, std::size_t from = 0) {
  return [lines, at = from]() mutable -> std::optional<Record> {
    return at < lines.size() ? parse_line(lines[at++]) : std::nullopt;
  };
}

Batch batch_of(int first, int last) {
  Batch batch{WallTime(Duration(99)), std::nullopt, {}};
  for (int number = first; number <= last; ++number) {
    batch.entries.push_back(numbered(number));
  }
  return batch;
}

TEST(DrainPlan, AppendsWhatTheFileLacks) {
  const Batch batch = batch_of(3, 5);
  const auto plan = plan_drain(batch, reader({}));
  EXPECT_FALSE(plan.known);
  EXPECT_EQ(plan.append, batch.entries);
}

TEST(DrainPlan, AcknowledgesFirstWhatACrashLeftThere) {
  const auto lines = chain(5);
  const auto plan = plan_drain(batch_of(3, 7), reader(lines, 2));
  ASSERT_TRUE(plan.known);
  EXPECT_EQ(plan.known->ids, (std::vector<std::string>{"3-0", "4-0", "5-0"}));
  EXPECT_EQ(plan.known->head, parse_line(lines[4])->head());
  EXPECT_EQ(plan.known->appended, 0U);
  EXPECT_TRUE(plan.append.empty());
  const auto then = plan_drain(batch_of(6, 7), reader(lines, 5));
  EXPECT_EQ(then.append.size(), 2U);
}

TEST(DrainPlan, FollowsARedisThatForgotMoreThanAStepTakes) {
  const auto lines = chain(9);
  const auto plan =
      plan_drain(batch_of(3, 4), reader(lines, 0));  // it remembers line 0, as it were
  ASSERT_TRUE(plan.known);
  EXPECT_EQ(plan.known->head.seq, 4U);  // no further, or 5 to 9 would be appended again
}

TEST(DrainPlan, TakesTheSameIdWithOtherWordsForAnotherEntry) {
  Batch batch = batch_of(3, 3);
  batch.entries[0].fields[0].second = "other";
  EXPECT_EQ(plan_drain(batch, reader(chain(5))).append.size(), 1U);
}

TEST(DrainPlan, TellsOfLossesOnce) {
  Batch batch = batch_of(1, 1);
  batch.lost = 4;
  batch.lost_in_all = 9;
  const auto plan = plan_drain(batch, reader({}));
  ASSERT_EQ(plan.append.size(), 2U);
  EXPECT_EQ(plan.append[1].event, "entries_lost");
  EXPECT_EQ(plan.append[1].at, batch.at);
  // A crash later the line stands there, said at another time.
  Entry told = plan.append[1];
  told.at = WallTime(Duration(1));
  const auto again = plan_drain(batch, reader({line_after({}, told)}));
  EXPECT_EQ(again.append, batch.entries);
}

}  // namespace
}  // namespace claimferry::audit
