#include "common/quota/pace_of_starts.hpp"

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;

class PaceOfStartsTest : public testing::Test {
 protected:
  void start(unsigned number) {
    for (unsigned at = 0; at < number; ++at) {
      pace.count(now);
    }
  }
  SteadyTime now{1h};
  PaceOfStarts pace;
};

TEST_F(PaceOfStartsTest, ExpectsNothingBeforeTheFirst) {
  EXPECT_EQ(pace.expected(80ms, now), 0U);
}

TEST_F(PaceOfStartsTest, ExpectsWhatTheBusierOfTheLastTwoTenthsSaw) {
  start(20);
  EXPECT_EQ(pace.expected(100ms, now), 20U);
  EXPECT_EQ(pace.expected(80ms, now), 16U);
  now += 100ms;
  start(5);
  EXPECT_EQ(pace.expected(100ms, now), 20U);
  now += 100ms;
  start(5);
  EXPECT_EQ(pace.expected(100ms, now), 5U);
}

TEST_F(PaceOfStartsTest, RoundsUpSoThatASlowOneAsksAtAll) {
  start(1);
  EXPECT_EQ(pace.expected(10ms, now), 1U);
}

TEST_F(PaceOfStartsTest, ExpectsNothingFromWhatIsLongPast) {
  start(20);
  now += 200ms;
  EXPECT_EQ(pace.expected(100ms, now), 0U);
  start(1);
  EXPECT_EQ(pace.expected(100ms, now), 1U);
}

}  // namespace
}  // namespace claimferry::quota
