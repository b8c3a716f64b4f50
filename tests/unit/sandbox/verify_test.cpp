#include "tests/sandbox/verify.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/judge/sink_address.hpp"
#include "tests/sandbox/reproach.hpp"

namespace claimferry::sandbox {
namespace {

boost::json::object violations_of(const std::string& name, unsigned count) {
  boost::json::object violations;
  violations["concurrency_max"] = 9;
  violations[name] = count;
  return violations;
}

TEST(Reproach, NothingIsHeldAgainstACleanClient) {
  EXPECT_TRUE(reproaches(violations_of("requests", 100), 0).empty());
}

TEST(Reproach, EachOffenceIsNamedWithItsCount) {
  for (const char* name : never) {
    const auto held = reproaches(violations_of(name, 3), 100);
    ASSERT_EQ(held.size(), 1U) << name;
    EXPECT_EQ(held.front(), std::string(name) + " 3");
  }
}

TEST(Reproach, OffencesInConnectingAreHeldAgainstUsToo) {
  for (const char* name : never_in_connecting) {
    const auto held = reproaches(violations_of(name, 1), 100);
    ASSERT_EQ(held.size(), 1U) << name;
    EXPECT_EQ(held.front(), std::string(name) + " 1");
  }
}

TEST(Reproach, LateRetriesAreHeldAgainstUsBeyondTheKills) {
  EXPECT_TRUE(reproaches(violations_of("refresh_retried_late", 2), 2).empty());
  EXPECT_EQ(reproaches(violations_of("refresh_retried_late", 1), 0).size(), 1U);
  EXPECT_EQ(reproaches(violations_of("refresh_retried_late", 3), 2).size(), 1U);
}

TEST(Verify, TellsLateRetriesAndConcurrencyInBothForms) {
  Judgement judgement;
  judgement.violations = violations_of("refresh_retried_late", 3);
  judgement.reproaches = reproaches(judgement.violations, 2);
  EXPECT_FALSE(judgement.clean());
  const std::string text = as_text(judgement);
  EXPECT_NE(text.find("refresh_retried_late 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("concurrency_max 9\n"), std::string::npos) << text;
  EXPECT_NE(text.find("held against us: refresh_retried_late 3"), std::string::npos) << text;
  const auto json = boost::json::parse(as_json(judgement));
  EXPECT_FALSE(json.at("clean").as_bool());
  EXPECT_EQ(json.at("violations").at("refresh_retried_late").to_number<int>(), 3);
  EXPECT_EQ(json.at("violations").at("concurrency_max").to_number<int>(), 9);
  EXPECT_EQ(json.at("reproaches").as_array().size(), 1U);
}

TEST(Verify, RefusesASinkItCannotRead) {
  for (const char* address : {"parquet:claims", "sqlite", "", "sqlite:/nowhere/claims.db"}) {
    EXPECT_THROW(judge_sink(address, {}), std::runtime_error) << address;
  }
}

}  // namespace
}  // namespace claimferry::sandbox
