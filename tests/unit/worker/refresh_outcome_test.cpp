// What each answer of the token endpoint leads to, and how it is counted.
#include "worker/refresh_outcome.hpp"

#include "common/base/limits.hpp"
#include "common/oauth/token_answer.hpp"
#include "tests/unit/worker/token_keeper_fixture.hpp"
#include "worker/token_keeper.hpp"

namespace claimferry::worker {
namespace {

TEST(RefreshOutcome, TellsALostConsentFromOneThatEnded) {
  using enum FailureKind;
  EXPECT_EQ(refresh_outcome({reconsent_required, "invalid_grant", ""}), "invalid_grant");
  EXPECT_EQ(refresh_outcome({reconsent_required, "refresh_lost_consent", ""}), "lost_consent");
  EXPECT_EQ(refresh_outcome({payer_refused, "invalid_grant_surge", ""}), "surge");
  EXPECT_EQ(refresh_outcome({payer_refused, "client_refused", ""}), "refused");
  EXPECT_EQ(refresh_outcome({retryable, "payer_down", ""}), "not_sent");
  EXPECT_EQ(refresh_outcome({retryable, "timeout", ""}), "failed");
}

// The old token may be spent by then: it stays, with its intent, for the one late retry.
TEST_F(TokenKeeperTest, AnAnswerThatHoldsNothingIsCodedCountedAndCostsNoToken) {
  const std::string tables[] = {"",
                                "<html><body>Try again later</body></html>",
                                R"(["access_token"])",
                                R"({"expires_in":3600})",
                                R"({"access_token":7})",
                                R"({"access_token":"a","token_type":"mac"})",
                                R"({"access_token":"a","refresh_token":7})",
                                R"({"access_token":"a","refresh_token":"two words"})",
                                R"({"access_token":"a","refresh_token":)",
                                std::string(limits::token_body_bytes_max + 1, ' ')};
  for (const std::string& body : tables) {
    outside.body = body;
    outside.told.clear();
    events.told.clear();
    const auto got = access();
    const std::string shown = body.substr(0, 60);
    EXPECT_EQ(got.failure().kind, FailureKind::retryable) << shown;
    EXPECT_EQ(got.failure().code, "token_answer_unusable") << shown;
    EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send"})) << shown;
    EXPECT_EQ(events.told, Told{"token failed"}) << shown;
    EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "old-refresh");
  }
}

// The payer has rotated by then: what it answered is the only refresh token there is.
TEST_F(TokenKeeperTest, OfAnAnswerOfNoUseTheNewRefreshTokenIsStoredAndServesTheNextTime) {
  const std::string bodies[] = {
      R"({"refresh_token":"rotated","expires_in":3600})",
      R"({"access_token":7,"refresh_token":"rotated"})",
      R"({"access_token":"a","token_type":"mac","refresh_token":"rotated"})",
      R"({"access_token":")" + std::string(oauth::token_bytes_max + 1, 'a') +
          R"(","refresh_token":"rotated"})",
  };
  const auto before = outside.tokens;
  const std::string whole = outside.body;
  for (const std::string& body : bodies) {
    outside.tokens = before;
    outside.body = body;
    outside.told.clear();
    events.told.clear();
    const auto got = access();
    const std::string shown = body.substr(0, 60);
    EXPECT_EQ(got.failure().kind, FailureKind::retryable) << shown;
    EXPECT_EQ(got.failure().code, "token_answer_unusable") << shown;
    EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send", "store over 7"})) << shown;
    EXPECT_EQ(events.told, Told{"token failed"}) << shown;
    EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "rotated") << shown;
    EXPECT_EQ(outside.tokens->access_token, "") << shown;
    outside.body = whole;
    ASSERT_TRUE(access()) << shown;
    EXPECT_EQ(outside.sent_form, "grant_type=refresh_token&refresh_token=rotated");
  }
}

TEST_F(TokenKeeperTest, AnAnswerTooLargeToBeReadIsOneOfNoUse) {
  outside.send_failure = Failure{FailureKind::permanent, "body_too_large", ""};
  const auto got = access();
  EXPECT_EQ(got.failure().kind, FailureKind::retryable);
  EXPECT_EQ(got.failure().code, "token_answer_unusable");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send"})) << "the late retry is left";
  EXPECT_EQ(events.told, Told{"token failed"});
}

// From anything between us and the endpoint, perhaps after the token was taken: the late retry is
// left, and not before its time.
TEST_F(TokenKeeperTest, AnAnswerThatProvesNothingLeavesTheIntent) {
  struct Row {
    unsigned status;
    const char* body;
    bool is_unused;
  };
  const Row rows[] = {{201, "", false},
                      {202, "{}", false},
                      {204, "", false},
                      {206, R"({"access_tok)", false},
                      {302, "", false},
                      {400, "not json", false},
                      {404, R"({"httpCode":"404"})", false},
                      {401, "", true},
                      {400, R"({"error":"invalid_client"})", true},
                      {400, R"({"error":"invalid_scope"})", true},
                      {429, "", true}};
  for (const Row& row : rows) {
    requests.health_of(payer).answered(fhir::Endpoint::token, clock.steady());
    outside.told.clear();
    outside.status = row.status;
    outside.body = row.body;
    EXPECT_FALSE(access()) << row.status;
    Told told{"load", "intent 7 sends 1", "send"};
    if (row.is_unused) {
      told.emplace_back("intent 7 sends 0");
    }
    EXPECT_EQ(outside.told, told) << row.status << row.body;
  }
}

TEST_F(TokenKeeperTest, TakesTheTokensOfAnOddSuccess) {
  outside.status = 201;
  ASSERT_TRUE(access());
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "new-refresh");
}

// What only stands in the endpoint's place must not eat a token's two sends, member by member.
TEST_F(TokenKeeperTest, ALateRetryIsNotSentWhereAKnockFindsNoTokenEndpoint) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  outside.status = 404;
  outside.body = R"({"httpCode":"404"})";
  EXPECT_EQ(access().failure().code, "http_404");
  EXPECT_EQ(outside.told, (Told{"load", "send"})) << "the knock alone";
}

TEST_F(TokenKeeperTest, OnlyInvalidGrantAsksForConsentAgain) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  EXPECT_EQ(access().failure().kind, FailureKind::reconsent_required);
  outside.body = R"({"error":"invalid_scope"})";
  EXPECT_EQ(access().failure().kind, FailureKind::payer_refused);
}

TEST_F(TokenKeeperTest, WhereTooManyAreRefusedNobodyIsAskedForConsent) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  payer.config.invalid_grant_surge = 0.3;
  outside.refusal = oauth::TokenStore::Refusal{true, true, 15min};
  const auto got = access();
  EXPECT_EQ(got.failure().kind, FailureKind::payer_refused);
  EXPECT_EQ(got.failure().code, "invalid_grant_surge");
  EXPECT_EQ(got.failure().retry_after, Duration(15min));
  EXPECT_EQ(outside.asked_share, 0.3);
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send", "refused 7"}));
  EXPECT_EQ(events.told, (Told{"grants stopped", "token surge"}));
}

TEST_F(TokenKeeperTest, ARefusalThatCannotBeToldEndsNoConsent) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  outside.refusal = redis_away();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  outside.refusal = Failure{FailureKind::permanent, "token_version", "renewed"};
  EXPECT_EQ(access().failure().code, "tokens_renewed");
}

TEST_F(TokenKeeperTest, SendsNothingWhileRefreshingIsStopped) {
  outside.intent_failure =
      Failure{FailureKind::payer_refused, "invalid_grant_surge", "stopped", Duration(10min)};
  const auto got = access();
  EXPECT_EQ(got.failure().code, "invalid_grant_surge");
  EXPECT_EQ(got.failure().retry_after, Duration(10min));
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1"}));
  EXPECT_EQ(events.told, Told{"token surge"});
}

TEST_F(TokenKeeperTest, KeepsTheRotatedTokenButNotTheAccessOfAnotherPatient) {
  outside.body = R"({"access_token":"x","refresh_token":"rotated","patient":"p2"})";
  EXPECT_EQ(access().failure().code, "token_of_other_patient");
  EXPECT_EQ(outside.tokens->version, 8U);
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "rotated");
  EXPECT_EQ(outside.tokens->access_token, "");
}

TEST_F(TokenKeeperTest, A429OfTheTokenEndpointHoldsProcessAndFleet) {
  outside.status = 429;
  outside.body = "{}";
  fleet.quiet_of_its_own = 30s;
  EXPECT_EQ(access().failure().kind, FailureKind::rate_limited);
  EXPECT_EQ(payer.gate.remaining(clock.steady()), 30s);
  EXPECT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(outside.told.back(), "intent 7 sends 0");
  EXPECT_EQ(access().failure().code, "payer_blocked");
  EXPECT_EQ(outside.told.back(), "load");
}

TEST_F(TokenKeeperTest, ARefreshThatAQuietStopsWhileItIsDialledTakesItsIntentBack) {
  outside.while_dialling = [this] { payer.gate.block(clock.steady() + 30s, 1); };
  EXPECT_EQ(access().failure().code, "payer_blocked");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "intent 7 sends 0"}));
  EXPECT_TRUE(fleet.refusals.empty());
}

}  // namespace
}  // namespace claimferry::worker
