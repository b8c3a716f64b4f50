#include "scheduler/ctl/enqueued.hpp"

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

TEST(Enqueued, IsToldAsALineOrAsJson) {
  const MemberId member = *MemberId::parse("M1");
  const queue::JobQueue::Enqueued is_new{*JobId::parse("j1"), true};
  const queue::JobQueue::Enqueued known{*JobId::parse("j1"), false};
  Context context;
  EXPECT_EQ(enqueued_line(context, member, is_new), "OK j1");
  EXPECT_EQ(enqueued_line(context, member, known), "DUP j1");
  const queue::JobQueue::Enqueued again{*JobId::parse("j1"), false, true};
  EXPECT_EQ(enqueued_line(context, member, again), "OK j1 runs now, and once more after that");
  context.json = true;
  EXPECT_EQ(enqueued_line(context, member, is_new),
            R"({"member":"M1","job":"j1","is_new":true,"runs_again":false})");
  EXPECT_EQ(enqueued_line(context, member, known),
            R"({"member":"M1","job":"j1","is_new":false,"runs_again":false})");
}

}  // namespace
}  // namespace claimferry::ctl
