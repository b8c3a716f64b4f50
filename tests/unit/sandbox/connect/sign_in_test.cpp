#include "tests/sandbox/model/connect/sign_in.hpp"

#include "tests/unit/sandbox/connect/connect_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class SignInOf : public ConnectTest {};

TEST_F(SignInOf, LeadsFromTheLoginPageToTheAppWithACodeAndItsState) {
  const Answer login = open_login();
  EXPECT_EQ(login.status, 200U);
  for (const char* id : {"username", "password", "login"}) {
    EXPECT_TRUE(has_id(login, id)) << id;
  }
  const Answer consent = log_in(login);
  EXPECT_EQ(consent.status, 200U);
  EXPECT_TRUE(has_id(consent, "allow"));
  EXPECT_NE(consent.body.find("sandbox-client"), std::string::npos);
  const Answer allowed = decide(consent);
  EXPECT_EQ(allowed.status, 302U);
  EXPECT_TRUE(header(allowed, "Location").starts_with(std::string(callback) + "?code="));
  EXPECT_EQ(told(allowed, "state"), "recon");
  EXPECT_EQ(counts().codes_issued, 1U);
}

TEST_F(SignInOf, ADenialIsToldAndCountedAndNoCodeIsIssued) {
  const Answer denied = decide(log_in(open_login()), "deny");
  EXPECT_EQ(told(denied, "error"), "access_denied");
  EXPECT_NE(told(denied, "error_description"), "");
  EXPECT_EQ(told(denied, "state"), "recon");
  EXPECT_EQ(told(denied, "code"), "");
  EXPECT_EQ(counts().consents_denied, 1U);
  EXPECT_EQ(counts().codes_issued, 0U);
}

TEST_F(SignInOf, TheStateMayComeBackInBase64WhateverWasDecided) {
  set_modes(R"({"state_returned":"base64"})");
  EXPECT_EQ(told(decide(log_in(open_login())), "state"), "cmVjb24=");
  EXPECT_EQ(told(decide(log_in(open_login()), "deny"), "state"), "cmVjb24=");
  EXPECT_EQ(told(authorize({{"scope", "x"}}), "state"), "cmVjb24=");
}

TEST_F(SignInOf, AWrongPasswordShowsTheLoginPageAgainAndMayBeCorrected) {
  const Answer again = log_in(open_login(), "VTETestUser01", "<wrong>");
  EXPECT_EQ(again.status, 200U);
  EXPECT_TRUE(has_id(again, "error"));
  EXPECT_TRUE(has_id(again, "password"));
  EXPECT_NE(again.body.find(R"(value="VTETestUser01")"), std::string::npos);
  EXPECT_EQ(again.body.find("wrong>"), std::string::npos) << "a password is never echoed";
  EXPECT_EQ(counts().logins_failed, 1U);
  EXPECT_TRUE(has_id(log_in(again), "allow"));
}

TEST_F(SignInOf, AUserIsTheMemberOfThatNumber) {
  EXPECT_TRUE(has_id(log_in(open_login(), "VTETestUser02"), "error")) << "there is no second yet";
  const EnrolledMember second = model.enrol({}, now);
  EXPECT_EQ(text(exchange(allowed_code({}, "VTETestUser02")), "patient"), second.patient);
  EXPECT_EQ(text(exchange(allowed_code()), "patient"), member.patient);
}

TEST_F(SignInOf, AnUnknownClientIsFoundOutOnlyAfterTheLogin) {
  const Answer login = open_login({{"client_id", "nobody"}});
  EXPECT_TRUE(has_id(login, "login"));
  const Answer refused = log_in(login);
  EXPECT_EQ(refused.status, 400U);
  EXPECT_TRUE(has_id(refused, "error"));
  EXPECT_EQ(log_in(login).status, 400U) << "and the request is over";
}

TEST_F(SignInOf, WithoutItsSkinTheLoginPageIsBlankUnlessAModeSaysOtherwise) {
  for (const char* skin : {"", "skin12"}) {
    const Answer blank = open_login({{"skin", skin}});
    EXPECT_EQ(blank.status, 200U);
    EXPECT_TRUE(header(blank, "Content-Type").starts_with("text/html"));
    EXPECT_EQ(blank.body, "");
  }
  set_modes(R"({"skin_required":false})");
  EXPECT_TRUE(has_id(open_login({{"skin", ""}}), "login"));
}

TEST_F(SignInOf, TheLoginPageIsNullWhileASubscriptionPropagates) {
  set_modes(R"({"subscription_propagating":true})");
  const Answer answer = open_login();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "null");
}

TEST_F(SignInOf, AFormIsGoodForItsOwnRequestAlone) {
  const Answer mine = open_login();
  const Answer other = open_login();
  const Fields mixed = {{"request", hidden(mine, "request")},
                        {"form_token", hidden(other, "form_token")},
                        {"username", "VTETestUser01"},
                        {"password", "FHIRdemo2020"},
                        {"decision", "allow"}};
  EXPECT_EQ(post(login_path, mixed).status, 400U);
  EXPECT_EQ(post(consent_path, mixed).status, 400U);
  const Answer my_consent = log_in(mine);
  const Answer other_consent = log_in(other);
  Fields crossed = {{"request", hidden(my_consent, "request")},
                    {"form_token", hidden(other_consent, "form_token")},
                    {"decision", "allow"}};
  EXPECT_EQ(post(consent_path, crossed).status, 400U);
  EXPECT_EQ(counts().codes_issued, 0U);
  EXPECT_EQ(decide(my_consent).status, 302U) << "what was refused changed nothing";
}

TEST_F(SignInOf, NobodyConsentsWithoutHavingSignedIn) {
  const Answer login = open_login();
  EXPECT_EQ(decide(login).status, 400U) << "with the login form's token";
  EXPECT_EQ(
      post(consent_path, {{"request", hidden(login, "request")}, {"decision", "allow"}}).status,
      400U)
      << "with none";
  EXPECT_EQ(counts().codes_issued, 0U);
}

TEST_F(SignInOf, AnEarlierConsentFormDiesWithANewLogin) {
  const Answer login = open_login();
  const Answer first = log_in(login);
  const Answer second = log_in(login);
  EXPECT_EQ(decide(first).status, 400U);
  EXPECT_EQ(decide(second).status, 302U);
}

TEST_F(SignInOf, ADecisionIsTakenOnce) {
  const Answer consent = log_in(open_login());
  EXPECT_EQ(decide(consent, "perhaps").status, 400U);
  EXPECT_EQ(decide(consent).status, 302U);
  EXPECT_EQ(decide(consent).status, 400U);
  EXPECT_EQ(counts().codes_issued, 1U);
}

TEST_F(SignInOf, OldRequestsAreForgottenAndSayso) {
  const Answer first = open_login();
  for (std::size_t asked = 0; asked < AuthorizeRequests::pending_max; ++asked) {
    authorize();
  }
  EXPECT_EQ(log_in(first).status, 400U);
  EXPECT_EQ(get(std::string(login_path) + "?request=nothing", "").status, 400U);
  EXPECT_EQ(get(consent_path, "").status, 405U);
}

TEST_F(SignInOf, MembersBrowsersWaitForNothingAndAreNotTheClientsFault) {
  const std::string token = text(refresh(member.refresh_token), "access_token");
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.1,"burst":1})");
  get(eob_search(), token);
  ASSERT_EQ(get(eob_search(), token).status, 429U);
  now += 1s;
  EXPECT_NE(allowed_code(), "");
  EXPECT_EQ(counts().requests_during_retry_after, 0U);
  const auto told = boost::json::parse(control("GET", "/v1/violations").body);
  EXPECT_EQ(told.at("requests_by_endpoint").at("authorize").as_int64(), 1);
  EXPECT_EQ(told.at("requests_by_endpoint").at("login").as_int64(), 3);
}

TEST_F(SignInOf, AResetEndsWhatWasPending) {
  const Answer login = open_login();
  control("POST", "/v1/reset");
  model.enrol({}, now);
  EXPECT_EQ(log_in(login).status, 400U);
}

}  // namespace
}  // namespace claimferry::sandbox
