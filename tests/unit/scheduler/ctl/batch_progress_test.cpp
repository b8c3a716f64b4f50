#include "scheduler/ctl/batch_progress.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

std::string answer(const std::string& state, int left, int live) {
  return R"({"batch":"b1","state":")" + state + R"(","members":1000,"not_queued_yet":)" +
         std::to_string(left) + R"(,"queued_or_running":)" + std::to_string(live) +
         R"(,"done":7,"dead":3,"eta":"12 min"})";
}

TEST(BatchProgress, CountsWhatEndedOutOfWhatIsLeft) {
  const auto progress = BatchProgress::parse(answer("open", 500, 100));
  EXPECT_EQ(progress.ended, 400U);
  EXPECT_EQ(progress.bar(), "[########------------] 40 %, ETA 12 min");
  EXPECT_EQ(progress.text(), "open: 400 of 1000 members, 3 dead");
  EXPECT_FALSE(progress.is_over());
}

TEST(BatchProgress, IsOverWhenItFinishedOrWasCancelled) {
  EXPECT_TRUE(BatchProgress::parse(answer("finished", 0, 0)).is_over());
  EXPECT_TRUE(BatchProgress::parse(answer("cancelled", 0, 0)).is_over());
  EXPECT_FALSE(BatchProgress::parse(answer("cancelling", 0, 5)).is_over());
  EXPECT_EQ(BatchProgress::parse(answer("finished", 0, 0)).bar(),
            "[####################] 100 %, ETA 12 min");
}

TEST(BatchProgress, RefusesAnAnswerOfAnotherForm) {
  for (const char* bad : {"", "[]", "{}", R"({"state":1})", "OK"}) {
    EXPECT_THROW(BatchProgress::parse(bad), std::runtime_error) << bad;
  }
}

}  // namespace
}  // namespace claimferry::ctl
