#include "common/quota/pace.hpp"

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

TEST(Pace, FallsToAHalfTowardsTheWallOfALongWindowAndNeverToAStop) {
  struct Row {
    std::uint64_t limit;
    std::uint64_t remaining;
    double rate;
    unsigned pace;
  };
  const Row table[] = {
      // far from the wall
      {18'000, 18'000, 300, 1'000},
      {18'000, 540, 300, 1'000},
      // nearer than 3 % of the limit
      {18'000, 270, 300, 750},
      {18'000, 54, 300, 550},
      {18'000, 0, 300, 500},
      // more left than there is
      {18'000, 40'000, 300, 1'000},
      // a short window: the wall is nearer than any answer
      {200, 0, 200, 1'000},
      {1'499, 0, 300, 1'000},
      {1'500, 0, 300, 500},
      // no rate is known: one a second is little enough
      {4, 0, 0, 1'000},
      {5, 0, 0, 500},
      {5, 0, 0.2, 500},
  };
  for (const Row& row : table) {
    EXPECT_EQ(pace_for({row.limit, row.remaining}, row.rate), row.pace)
        << row.remaining << " of " << row.limit << " at " << row.rate;
  }
}

}  // namespace
}  // namespace claimferry::quota
