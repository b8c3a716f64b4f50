#include "common/members/enrolment_rules.hpp"

#include <gtest/gtest.h>

namespace claimferry::members {
namespace {

using namespace std::chrono_literals;

StandingMember member() {
  return {"aetna", "active", "fp", WallTime(5s), std::nullopt, 3, "key"};
}
EnrolmentRequest request(const std::string& fingerprint = "fp2") {
  return {"aetna", fingerprint, std::nullopt, std::nullopt, std::nullopt, std::nullopt};
}
std::string refusal(const std::optional<StandingMember>& standing, const EnrolmentRequest& asked) {
  const auto decision = decide_enrolment(standing, asked);
  return decision ? "" : decision.failure().code;
}

TEST(EnrolmentRules, WhoIsUnknownBringsTokens) {
  const auto decision = decide_enrolment(std::nullopt, request());
  ASSERT_TRUE(decision.ok());
  EXPECT_TRUE(decision->brings_tokens);
  EXPECT_FALSE(decision->is_known);
}

TEST(EnrolmentRules, AMemberIdIsOnePayersUntilItIsErased) {
  StandingMember elsewhere = member();
  elsewhere.payer = "other";
  EXPECT_EQ(refusal(elsewhere, request()), "other_payer");
  elsewhere.state = "erased";
  EXPECT_EQ(refusal(elsewhere, request()), "");
}

TEST(EnrolmentRules, WhoLeavesIsNotEnrolledAndAnEnrolmentOfBeforeTheEndConnectsNobody) {
  StandingMember leaving = member();
  leaving.state = "erasing";
  EXPECT_EQ(refusal(leaving, request()), "not_active");
  leaving.state = "erased";
  leaving.erased_at = WallTime(10s);
  EnrolmentRequest asked = request();
  asked.begun_at = WallTime(10s);
  EXPECT_EQ(refusal(leaving, asked), "not_active");
  asked.begun_at = WallTime(11s);
  EXPECT_EQ(refusal(leaving, asked), "");
}

TEST(EnrolmentRules, TheSameTokenKeepsWhatItWasTradedForUnderTheKeyThatStandsThere) {
  EnrolmentRequest same = request("fp");
  EXPECT_EQ(refusal(member(), same), "other_data_key");
  same.known_data_key = "key";
  const auto decision = decide_enrolment(member(), same);
  ASSERT_TRUE(decision.ok());
  EXPECT_FALSE(decision->brings_tokens);
  StandingMember parked = member();
  parked.state = "reconsent";
  EXPECT_EQ(refusal(parked, same), "token_spent");
}

TEST(EnrolmentRules, ATokenThatNobodyCanRecogniseIsNew) {
  StandingMember unmarked = member();
  unmarked.fingerprint = "";
  EXPECT_TRUE(decide_enrolment(unmarked, request(""))->brings_tokens);
}

TEST(EnrolmentRules, ANewConsentBringsTheSameTokenAnewAndTheSameConsentDoesNot) {
  EnrolmentRequest again = request("fp");
  again.known_data_key = "key";
  again.consent_given_at = WallTime(6s);
  EXPECT_TRUE(decide_enrolment(member(), again)->is_consent);
  EXPECT_TRUE(decide_enrolment(member(), again)->brings_tokens);
  again.consent_given_at = WallTime(5s);
  EXPECT_FALSE(decide_enrolment(member(), again)->brings_tokens);
}

TEST(EnrolmentRules, WhoLookedAtOtherTokensIsRefused) {
  EnrolmentRequest asked = request();
  asked.seen_version = 2;
  EXPECT_EQ(refusal(member(), asked), "token_version");
  asked.seen_version = 3;
  EXPECT_EQ(refusal(member(), asked), "");
  asked.seen_version = 0;
  EXPECT_EQ(refusal(std::nullopt, asked), "");
}

}  // namespace
}  // namespace claimferry::members
