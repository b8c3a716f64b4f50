#include "common/base/result.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace claimferry {
namespace {

Failure away() {
  return {FailureKind::local, "redis_unreachable", "Redis is away"};
}

TEST(Result, HoldsAValueOrAFailure) {
  Result<int> value = 7;
  Result<int> failure = away();
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  EXPECT_FALSE(failure);
  EXPECT_EQ(failure.failure().code, "redis_unreachable");
}

TEST(Result, CarriesWhatCanOnlyMove) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  EXPECT_EQ(*std::move(result).value(), 3);
}

TEST(Result, OfNothingIsOkUnlessItFailed) {
  EXPECT_TRUE(Result<void>().ok());
  EXPECT_EQ(Result<void>(away()).failure().kind, FailureKind::local);
}

TEST(ResultDeathTest, TakingTheWrongSideIsABug) {
  Result<int> failure = away();
  EXPECT_DEATH(static_cast<void>(*failure), "assertion failed: ok\\(\\)");
}

}  // namespace
}  // namespace claimferry
