#include "common/base/http_message.hpp"

#include <gtest/gtest.h>

namespace claimferry::http {
namespace {

TEST(Headers, AreFoundWhateverTheirCase) {
  Headers headers;
  headers.add("Retry-After", "7");
  EXPECT_EQ(headers.find("retry-after"), "7");
  EXPECT_EQ(headers.find("RETRY-AFTER"), "7");
  EXPECT_EQ(headers.find("retry"), std::nullopt);
}

TEST(Body, IsPaddedWithZeros) {
  const Body body("{}");
  ASSERT_GE(body.capacity(), body.size() + Body::padding);
  for (std::size_t at = body.size(); at < body.size() + Body::padding; ++at) {
    EXPECT_EQ(body.view().data()[at], '\0');
  }
}

}  // namespace
}  // namespace claimferry::http
