#include "common/base/live_secret.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

TEST(LiveSecret, CopiesShareWhatItIsNow) {
  LiveSecret secret(Secret("one"));
  const LiveSecret copy = secret;
  secret.replace(Secret("two"));
  EXPECT_EQ(copy.get().reveal(), "two");
}

TEST(LiveSecret, ANewOneIsOfItsOwn) {
  LiveSecret secret(Secret("one"));
  const LiveSecret copy = secret;
  secret = LiveSecret(Secret("other"));
  EXPECT_EQ(copy.get().reveal(), "one");
  EXPECT_TRUE(LiveSecret().empty());
}

}  // namespace
}  // namespace claimferry
