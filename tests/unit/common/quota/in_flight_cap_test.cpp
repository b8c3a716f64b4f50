#include "common/quota/in_flight_cap.hpp"

#include <string>

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

TEST(InFlightCap, CountsWhatIsFree) {
  InFlightCap cap(2);
  cap.take();
  cap.take();
  EXPECT_EQ(cap.free(), 0U);
  cap.give_back();
  EXPECT_EQ(cap.free(), 1U);
  cap.tell();  // nobody waits
}

TEST(InFlightCap, TellsAnotherOneFirstEachTime) {
  InFlightCap cap(1);
  std::string told;
  cap.when_told([&told] { told += 'a'; });
  cap.when_told([&told] { told += 'b'; });
  cap.when_told([&told] { told += 'c'; });
  cap.tell();
  cap.tell();
  cap.tell();
  EXPECT_EQ(told, "abcbcacab");
}

}  // namespace
}  // namespace claimferry::quota
