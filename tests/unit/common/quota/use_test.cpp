#include "common/quota/use.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

TEST(Use, HasANameForEachAndTheyStandInOrderOfPrecedence) {
  std::string all;
  for (const Use use : uses) {
    all += std::string(to_string(use)) + " ";
  }
  EXPECT_EQ(all, "token urgent routine backfill ");
}

TEST(ByUse, BeginsWithNothingAndKeepsEachApart) {
  ByUse<unsigned> counts;
  counts[Use::urgent] = 3;
  EXPECT_EQ(counts[Use::token], 0U);
  EXPECT_EQ(counts[Use::urgent], 3U);
  EXPECT_EQ(std::vector<unsigned>(counts.begin(), counts.end()),
            (std::vector<unsigned>{0, 3, 0, 0}));
}

}  // namespace
}  // namespace claimferry::quota
