#include "worker/client_secrets.hpp"

#include <gtest/gtest.h>

namespace claimferry::worker {
namespace {

TEST(ClientSecrets, OneAloneHasNoOther) {
  const ClientSecrets secrets({Secret("only")});
  EXPECT_EQ(secrets.serving(), 0U);
  EXPECT_FALSE(secrets.other_than(0));
}

TEST(ClientSecrets, TheFirstServesUntilTheOtherIsFoundTo) {
  ClientSecrets secrets({Secret("new"), Secret("old")});
  EXPECT_EQ(secrets.at(secrets.serving()).reveal(), "new");
  EXPECT_EQ(secrets.other_than(0), 1U);
  secrets.serve(1);
  EXPECT_EQ(secrets.at(secrets.serving()).reveal(), "old");
  EXPECT_EQ(secrets.other_than(1), 0U);
}

TEST(ClientSecrets, OthersTakeTheirPlaceAndTheFirstOfThemServes) {
  ClientSecrets secrets({Secret("new"), Secret("old")});
  secrets.serve(1);
  secrets.replace({Secret("newest")});
  EXPECT_EQ(secrets.serving(), 0U);
  EXPECT_EQ(secrets.at(0).reveal(), "newest");
  EXPECT_EQ(secrets.at(1).reveal(), "newest") << "an attempt that began with the second of two";
  EXPECT_FALSE(secrets.other_than(0));
}

}  // namespace
}  // namespace claimferry::worker
