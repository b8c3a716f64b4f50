#include "common/base/random.hpp"

#include <set>

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(Random, ASeedReplaysItsSequence) {
  SeededRandom one(42);
  SeededRandom two(42);
  SeededRandom other(43);
  EXPECT_EQ(one.next(), two.next());
  EXPECT_EQ(one.hex(16), two.hex(16));
  EXPECT_NE(one.next(), other.next());
}

TEST(Random, BelowCoversItsRangeAndNothingElse) {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int draw = 0; draw < 1'000; ++draw) {
    seen.insert(random.below(7));
  }
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Random, UnitStaysBelowOne) {
  SeededRandom random(9);
  for (int draw = 0; draw < 1'000; ++draw) {
    const double value = random.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
  }
}

TEST(Random, TheSystemsNeverRepeats) {
  SystemRandom random;
  EXPECT_NE(random.hex(16), random.hex(16));
  EXPECT_EQ(random.hex(16).size(), 32U);
}

}  // namespace
}  // namespace claimferry
