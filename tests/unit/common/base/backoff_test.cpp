#include "common/base/backoff.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, StaysWithinItsFloorAndItsDoublingCeiling) {
  const Backoff backoff{5s, 15min, 1s};
  SeededRandom random(7);
  Duration ceiling = 5s;
  for (unsigned failures = 1; failures <= 40; ++failures) {
    for (int draw = 0; draw < 100; ++draw) {
      const Duration delay = backoff.delay(failures, random);
      ASSERT_GE(delay, 1s);
      ASSERT_LE(delay, ceiling);
    }
    ceiling = std::min<Duration>(ceiling * 2, 15min);
  }
}

TEST(Backoff, UsesTheWholeRange) {
  const Backoff backoff{8s, 8s};
  SeededRandom random(1);
  Duration smallest = 8s;
  Duration largest = 0s;
  for (int draw = 0; draw < 1'000; ++draw) {
    const Duration delay = backoff.delay(1, random);
    smallest = std::min(smallest, delay);
    largest = std::max(largest, delay);
  }
  EXPECT_LT(smallest, 100ms);
  EXPECT_GT(largest, 7'900ms);
}

}  // namespace
}  // namespace claimferry
