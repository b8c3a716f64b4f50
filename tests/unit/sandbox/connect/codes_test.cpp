#include "tests/sandbox/model/connect/codes.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

TEST(Codes, KeepWhatTheyWereIssuedFor) {
  Codes codes(1);
  AuthorizeRequest request;
  request.redirect_uri = "https://app.test/";
  const WallTime now{Duration(5'000)};
  const std::string code = codes.issue(request, 7, now);
  const IssuedCode* const issued = codes.find(code);
  ASSERT_NE(issued, nullptr);
  EXPECT_EQ(issued->request.redirect_uri, "https://app.test/");
  EXPECT_EQ(issued->member, 7U);
  EXPECT_EQ(issued->issued_at, now);
  EXPECT_FALSE(issued->generation);
  EXPECT_EQ(codes.find("AAK"), nullptr);
}

TEST(Codes, TheOldestIsForgotten) {
  Codes codes(1);
  const std::string first = codes.issue({}, 0, {});
  const std::string second = codes.issue({}, 0, {});
  for (std::size_t issued = 2; issued < Codes::kept_max; ++issued) {
    codes.issue({}, 0, {});
  }
  EXPECT_NE(codes.find(first), nullptr);
  codes.issue({}, 0, {});
  EXPECT_EQ(codes.find(first), nullptr);
  EXPECT_NE(codes.find(second), nullptr);
}

TEST(Codes, BeginTheSeedAnewWhenCleared) {
  Codes codes(1);
  const std::string code = codes.issue({}, 0, {});
  codes.clear();
  EXPECT_EQ(codes.find(code), nullptr);
  EXPECT_EQ(codes.issue({}, 0, {}), code);
}

}  // namespace
}  // namespace claimferry::sandbox
