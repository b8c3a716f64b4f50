#include "tests/sandbox/model/token_endpoint.hpp"

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class TokenEndpointOf : public PayerTest {};

TEST_F(TokenEndpointOf, TheGatewayAnswersARefreshWithRotatedTokensAndThePatient) {
  member = model.enrol({}, now);
  const Answer answer = refresh(member.refresh_token);
  ASSERT_EQ(answer.status, 200U);
  EXPECT_EQ(text(answer, "token_type"), "Bearer");
  EXPECT_EQ(text(answer, "patient"), member.patient);
  EXPECT_NE(text(answer, "refresh_token"), member.refresh_token);
  EXPECT_EQ(json(answer).at("expires_in").as_int64(), 3600);
  EXPECT_EQ(json(answer).at("refresh_token_expires_in").as_int64(), 2'682'000);
  EXPECT_EQ(json(answer).at("consented_on").as_int64(), now.time_since_epoch() / 1s);
}

TEST_F(TokenEndpointOf, EverythingWrongWithTheClientIsOneAndTheSame401) {
  member = model.enrol({}, now);
  for (const char* credentials : {"other:sandbox-secret", "sandbox-client:wrong", "no colon"}) {
    const Answer answer = refresh(member.refresh_token, credentials);
    EXPECT_EQ(answer.status, 401U) << credentials;
    EXPECT_EQ(text(answer, "error"), "unauthorized_client") << credentials;
  }
  PayerRequest bogus;
  bogus.method = "POST";
  bogus.target = token_path;
  bogus.authorization = "Basic " + to_base64("sandbox-client:sandbox-secret");
  bogus.content_type = "application/x-www-form-urlencoded";
  bogus.body = "grant_type=password";
  EXPECT_EQ(ask(bogus).status, 401U);
  bogus.authorization.clear();
  bogus.body = "grant_type=refresh_token&client_id=sandbox-client&client_secret=sandbox-secret";
  EXPECT_EQ(ask(bogus).status, 401U);
  EXPECT_EQ(refresh(member.refresh_token).status, 200U) << "a refused client spends no token";
}

TEST_F(TokenEndpointOf, CredentialsMayBeFormEncodedOrRaw) {
  ModelOptions odd = options();
  odd.client.id = "a b";
  odd.client.secret = "p%/+";
  Model payer(odd);
  for (const char* credentials : {"a b:p%/+", "a+b:p%25%2F%2B"}) {
    PayerRequest request;
    request.method = "POST";
    request.target = token_path;
    request.at = now;
    request.authorization = "Basic " + to_base64(credentials);
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "grant_type=refresh_token&refresh_token=" + payer.enrol({}, now).refresh_token;
    EXPECT_EQ(payer.handle(request).status, 200U) << credentials;
  }
}

TEST_F(TokenEndpointOf, ALostAnswerMayBeAskedForOnceMoreAfterAMinute) {
  member = model.enrol({}, now);
  const std::string successor = text(refresh(member.refresh_token), "refresh_token");
  now += 60s;
  const Answer again = refresh(member.refresh_token);
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(text(again, "refresh_token"), successor);
  EXPECT_EQ(model.violations().refresh_retried_late, 1U);
  EXPECT_EQ(model.violations().refresh_reused, 0U);
  EXPECT_EQ(refresh(successor).status, 200U);
}

TEST_F(TokenEndpointOf, AClientThatNeverStoresARotatedTokenIsRefusedAndCounted) {
  member = model.enrol({}, now);
  refresh(member.refresh_token);
  for (int sync = 0; sync < 3; ++sync) {
    now += 1h;
    const Answer again = refresh(member.refresh_token);
    EXPECT_EQ(again.status, sync == 0 ? 200U : 400U);
  }
  EXPECT_EQ(model.violations().refresh_retried_late, 1U);
  EXPECT_EQ(model.violations().refresh_reused, 2U);
}

TEST_F(TokenEndpointOf, EachVersionOfATokenMayBeRetriedLateOnce) {
  member = model.enrol({}, now);
  std::string token = member.refresh_token;
  for (int version = 0; version < 3; ++version) {
    refresh(token);
    now += 61s;
    token = text(refresh(token), "refresh_token");
  }
  EXPECT_EQ(model.violations().refresh_retried_late, 3U);
  EXPECT_EQ(model.violations().refresh_reused, 0U);
}

TEST_F(TokenEndpointOf, ASecondUseWithinAMinuteIsRefusedAndCountedAsReuse) {
  member = model.enrol({}, now);
  const std::string successor = text(refresh(member.refresh_token), "refresh_token");
  now += 59s;
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
  EXPECT_EQ(model.violations().refresh_reused, 1U);
  EXPECT_EQ(model.violations().refresh_retried_late, 0U);
  EXPECT_EQ(refresh(successor).status, 200U) << "grace spares the grant";
}

TEST_F(TokenEndpointOf, SpentTokensTakeNoMoreRoomForever) {
  member = model.enrol({}, now);
  std::string token = member.refresh_token;
  for (int sync = 0; sync < 100; ++sync) {
    token = text(refresh(token), "refresh_token");
  }
  EXPECT_LE(model.grants().refresh_tokens_remembered(), 9U);
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
}

TEST_F(TokenEndpointOf, ATokenWhoseSuccessorWasUsedIsDead) {
  member = model.enrol({}, now);
  const std::string second = text(refresh(member.refresh_token), "refresh_token");
  const std::string third = text(refresh(second), "refresh_token");
  const Answer answer = refresh(member.refresh_token);
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(text(answer, "error"), "invalid_grant");
  EXPECT_EQ(refresh(third).status, 200U);
}

TEST_F(TokenEndpointOf, WithoutGraceASecondUseRevokesTheWholeGrant) {
  control("PATCH", "/v1/modes", R"({"refresh_grace":false})");
  member = model.enrol({}, now);
  const Answer first = refresh(member.refresh_token);
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
  EXPECT_EQ(text(refresh(text(first, "refresh_token")), "error"), "invalid_grant");
  EXPECT_EQ(get(eob_search(), text(first, "access_token")).status, 401U);
}

TEST_F(TokenEndpointOf, AMemberThatConsentsAnewHasANewGrantAndTheOldTokensAreDead) {
  member = model.enrol({}, now);
  const Answer first = refresh(member.refresh_token);
  model.grants().revoke(0);
  const std::string fresh = model.grants().reopen(0, now);
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
  EXPECT_EQ(text(refresh(text(first, "refresh_token")), "error"), "invalid_grant");
  EXPECT_EQ(text(refresh(fresh), "patient"), member.patient);
  EXPECT_EQ(model.violations().refresh_reused, 0U);
}

TEST_F(TokenEndpointOf, ARefreshTokenDiesAfter31IdleDays) {
  member = model.enrol({}, now);
  now += 2'682'001s;
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
}

TEST_F(TokenEndpointOf, ModesChangeTheAnswersShape) {
  control("PATCH", "/v1/modes",
          R"({"no_expires_in":true,"numbers_as_strings":true,"no_refresh_token_in_answer":true})");
  member = model.enrol({}, now);
  const Answer answer = refresh(member.refresh_token);
  EXPECT_FALSE(json(answer).as_object().contains("expires_in"));
  EXPECT_FALSE(json(answer).as_object().contains("refresh_token"));
  EXPECT_TRUE(json(answer).at("consented_on").is_string());
  EXPECT_EQ(refresh(member.refresh_token).status, 200U) << "what does not rotate stays good";
  EXPECT_EQ(model.violations().refresh_reused, 0U);
}

TEST_F(TokenEndpointOf, ARefreshMayWantAScope) {
  control("PATCH", "/v1/modes", R"({"scope_required_on_refresh":true})");
  member = model.enrol({}, now);
  const Answer answer = refresh(member.refresh_token);
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(text(answer, "error"), "invalid_scope");
  EXPECT_EQ(refresh(member.refresh_token + "&scope=launch/patient").status, 200U);
  EXPECT_EQ(model.violations().refresh_reused, 0U) << "what was refused spends no token";
}

TEST_F(TokenEndpointOf, ARefusedClientMayBeInvalidClientInstead) {
  control("PATCH", "/v1/modes", R"({"client_refusal":"invalid_client"})");
  member = model.enrol({}, now);
  const Answer answer = refresh(member.refresh_token, "sandbox-client:wrong");
  EXPECT_EQ(answer.status, 401U);
  EXPECT_EQ(text(answer, "error"), "invalid_client");
}

TEST_F(TokenEndpointOf, AccessTokensExpire) {
  control("PATCH", "/v1/modes", R"({"access_token_lifetime_seconds":30})");
  const std::string token = enrol();
  now += 29s;
  EXPECT_EQ(get(eob_search(), token).status, 200U);
  now += 1s;
  EXPECT_EQ(get(eob_search(), token).status, 401U);
}

}  // namespace
}  // namespace claimferry::sandbox
