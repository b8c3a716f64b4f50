#include "common/base/secret.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(Secret, PrintsAsStars) {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(format_as(secret), "***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, ComparesByContent) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("ab"));
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret from("a secret that is longer than a small string's own buffer");
  const char* bytes = from.reveal().data();
  const Secret to = std::move(from);
  EXPECT_EQ(to.reveal().data(), bytes);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

}  // namespace
}  // namespace claimferry
