#include "tests/sandbox/model/connect/code_exchange.hpp"

#include "tests/unit/sandbox/connect/connect_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class CodeExchangeOf : public ConnectTest {
 protected:
  // A code is not spent by what was wrong with the request that brought it.
  void expect_refused(const Answer& answer, std::string_view error) {
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(text(answer, "error"), error) << answer.body;
    EXPECT_EQ(counts().codes_exchanged, 0U);
  }
};

TEST_F(CodeExchangeOf, GivesTokensThatWorkAndSaysForWhom) {
  const std::string code = allowed_code();
  const WallTime consented = now;
  now += 30s;
  const Answer answer = exchange(code);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  EXPECT_EQ(header(answer, "Cache-Control"), "no-cache, no-store");
  EXPECT_EQ(text(answer, "token_type"), "Bearer");
  EXPECT_EQ(text(answer, "scope"), "launch/patient patient/*.read");
  EXPECT_EQ(text(answer, "patient"), member.patient);
  EXPECT_EQ(json(answer).at("expires_in").as_int64(), 3600);
  EXPECT_EQ(json(answer).at("refresh_token_expires_in").as_int64(), 2'682'000);
  EXPECT_EQ(json(answer).at("consented_on").as_int64(), consented.time_since_epoch() / 1s);
  EXPECT_FALSE(json(answer).as_object().contains("id_token"));
  EXPECT_EQ(get(eob_search(), text(answer, "access_token")).status, 200U);
  EXPECT_EQ(refresh(text(answer, "refresh_token")).status, 200U);
  EXPECT_EQ(counts().codes_exchanged, 1U);
}

TEST_F(CodeExchangeOf, AnswersTheScopeThatWasGrantedAndRefreshesSayTheSame) {
  const std::string scope = "launch/patient patient/ExplanationOfBenefit.read";
  const Answer answer = exchange(allowed_code({{"scope", scope}}));
  EXPECT_EQ(text(answer, "scope"), scope);
  EXPECT_EQ(text(refresh(text(answer, "refresh_token")), "scope"), scope);
}

TEST_F(CodeExchangeOf, AConsentByTheControlPortAsksForWhatAppsAskForAgain) {
  exchange(allowed_code({{"scope", "launch/patient"}}));
  const ControlAnswer line = control("POST", "/v1/consents", R"({"member":"M000001"})");
  const auto renewed = boost::json::parse(line.body);
  const std::string token(renewed.at("refresh_token").as_string());
  EXPECT_EQ(text(refresh(token), "scope"), "launch/patient patient/*.read");
}

TEST_F(CodeExchangeOf, MakesANewGrantAndTheOldOneIsDead) {
  const Answer old = refresh(member.refresh_token);
  const std::string code = allowed_code();
  EXPECT_EQ(get(eob_search(), text(old, "access_token")).status, 200U) << "until the exchange";
  const Answer fresh = exchange(code);
  EXPECT_EQ(get(eob_search(), text(old, "access_token")).status, 401U);
  EXPECT_EQ(text(refresh(text(old, "refresh_token")), "error"), "invalid_grant");
  EXPECT_EQ(refresh(text(fresh, "refresh_token")).status, 200U);
}

TEST_F(CodeExchangeOf, RevivesAMemberWhoseConsentHadEnded) {
  control("POST", "/v1/tokens/expire", R"({"member":"M000001","refresh":true})");
  const Answer fresh = exchange(allowed_code());
  EXPECT_EQ(refresh(text(fresh, "refresh_token")).status, 200U);
}

TEST_F(CodeExchangeOf, ASecondUseIsCountedAndTakesBackWhatTheFirstGave) {
  const std::string code = allowed_code();
  const Answer first = exchange(code);
  now += 1h;
  const Answer second = exchange(code);
  EXPECT_EQ(second.status, 400U);
  EXPECT_EQ(text(second, "error"), "invalid_grant");
  EXPECT_EQ(get(eob_search(), text(first, "access_token")).status, 401U);
  EXPECT_EQ(text(refresh(text(first, "refresh_token")), "error"), "invalid_grant");
  EXPECT_EQ(counts().codes_reused, 1U);
  EXPECT_EQ(counts().codes_exchanged, 1U);
}

TEST_F(CodeExchangeOf, ASecondUseTakesNothingBackThatWasConsentedToSince) {
  const std::string code = allowed_code();
  exchange(code);
  const Answer later = exchange(allowed_code());
  exchange(code);
  EXPECT_EQ(counts().codes_reused, 1U);
  EXPECT_EQ(get(eob_search(), text(later, "access_token")).status, 200U);
  EXPECT_EQ(refresh(text(later, "refresh_token")).status, 200U);
}

TEST_F(CodeExchangeOf, ACodeDiesAfterItsLifetime) {
  const std::string kept = allowed_code();
  const std::string late = allowed_code();
  now += 59s;
  EXPECT_EQ(exchange(kept).status, 200U);
  now += 1s;
  EXPECT_EQ(text(exchange(late), "error"), "invalid_grant");
  EXPECT_EQ(counts().codes_reused, 0U);
}

TEST_F(CodeExchangeOf, TheLifetimeIsAMode) {
  set_modes(R"({"code_lifetime_seconds":2})");
  const std::string code = allowed_code();
  now += 2s;
  expect_refused(exchange(code), "invalid_grant");
}

TEST_F(CodeExchangeOf, ACodeIsBoundToItsRedirectUriAndItsVerifier) {
  const std::string code = allowed_code();
  const std::string other_port = "http://127.0.0.1:3001/api/auth/smart/callback";
  expect_refused(exchange(code, {{"redirect_uri", other_port}}), "invalid_grant");
  expect_refused(exchange(code, {{"code_verifier", std::string(43, 'x')}}), "invalid_grant");
  expect_refused(exchange(code, {{"code_verifier", challenge}}), "invalid_grant");
  expect_refused(exchange(code + "x"), "invalid_grant");
  EXPECT_EQ(exchange(code).status, 200U) << "and what was refused spent nothing";
  EXPECT_EQ(counts().codes_reused, 0U);
}

TEST_F(CodeExchangeOf, AResetForgetsTheCodesOfItsMembers) {
  const std::string code = allowed_code();
  control("POST", "/v1/reset");
  model.enrol({}, now);
  expect_refused(exchange(code), "invalid_grant");
}

TEST_F(CodeExchangeOf, WhatIsMissingIsAnInvalidRequest) {
  const std::string code = allowed_code();
  expect_refused(exchange(""), "invalid_request");
  expect_refused(exchange(code, {{"redirect_uri", ""}}), "invalid_request");
  EXPECT_EQ(counts().pkce_missing, 0U);
  expect_refused(exchange(code, {{"code_verifier", ""}}), "invalid_request");
  EXPECT_EQ(counts().pkce_missing, 1U);
}

TEST_F(CodeExchangeOf, CredentialsBelongIntoTheBasicHeaderAlone) {
  const std::string code = allowed_code();
  const Fields in_body = {{"client_id", "sandbox-client"}, {"client_secret", "sandbox-secret"}};
  EXPECT_EQ(exchange(code, in_body, "").status, 401U);
  EXPECT_EQ(exchange(code, in_body).status, 401U) << "beside the header";
  EXPECT_EQ(exchange(code, {}, "").status, 401U) << "nowhere";
  EXPECT_EQ(counts().credentials_in_body, 3U);
  EXPECT_EQ(exchange(code, {}, "sandbox-client:wrong").status, 401U);
  EXPECT_EQ(counts().credentials_in_body, 3U);
  EXPECT_EQ(exchange(code).status, 200U) << "a refused client spends no code";
}

TEST_F(CodeExchangeOf, SecretsAreExchangedInMidRun) {
  const std::string code = allowed_code();
  set_modes(R"({"client_secrets":["sandbox-secret","next"]})");
  EXPECT_EQ(exchange(code, {}, "sandbox-client:next").status, 200U);
  EXPECT_EQ(exchange(allowed_code()).status, 200U);
  set_modes(R"({"client_secrets":["next"]})");
  EXPECT_EQ(exchange(allowed_code()).status, 401U);
  control("POST", "/v1/reset");
  model.enrol({}, now);
  EXPECT_EQ(exchange(allowed_code()).status, 200U) << "as the command line had it";
}

TEST_F(CodeExchangeOf, AVerifierInAUrlIsASecretWhereNoneBelongs) {
  get(std::string(authorize_path) + "?code_verifier=" + verifier, "");
  EXPECT_EQ(counts().tokens_elsewhere, 1U);
  exchange(allowed_code());
  EXPECT_EQ(counts().tokens_elsewhere, 1U);
}

TEST_F(CodeExchangeOf, FaultsOfTheTokenEndpointBefallItToo) {
  control("PATCH", "/v1/faults", R"({"drop_token_answer":1})");
  const std::string code = allowed_code();
  EXPECT_EQ(exchange(code).transport.ending, Transport::Ending::reset);
  EXPECT_EQ(counts().codes_exchanged, 1U) << "the answer is lost, the code is spent";
}

}  // namespace
}  // namespace claimferry::sandbox
