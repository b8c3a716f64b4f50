#include "common/telemetry/advice.hpp"

#include <set>

#include <gtest/gtest.h>

namespace claimferry::telemetry {
namespace {

TEST(Advice, StandsOnceForEachNameAndSaysSomething) {
  std::set<std::string_view> names;
  for (const Advice& reason : reject_reasons) {
    EXPECT_TRUE(names.insert(reason.name).second) << reason.name;
    EXPECT_GT(reason.detail.size(), 20U) << reason.name;
  }
  for (const Advice& outcome : refresh_outcomes) {
    EXPECT_EQ(outcome.detail.empty(), outcome.name == "refreshed") << outcome.name;
  }
}

TEST(Advice, FallsBackToTheLast) {
  EXPECT_EQ(advice_for(reject_reasons, "no_id").name, "no_id");
  EXPECT_EQ(advice_for(reject_reasons, "never heard of").name, "other");
}

}  // namespace
}  // namespace claimferry::telemetry
