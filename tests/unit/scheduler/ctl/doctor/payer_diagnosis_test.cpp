#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

constexpr const char* invalid_client = R"({"error":"invalid_client"})";
constexpr const char* invalid_request = R"({"error":"invalid_request"})";

Answered answer(unsigned status, std::string_view body) {
  http::Response response;
  response.status = status;
  response.body = http::Body(body);
  return response;
}

template <class... Answers>
Finding found(Answers... answered) {
  const Answered answers[] = {std::move(answered)...};
  return of_token_endpoint(answers, config::PayerConfig(*PayerName::parse("aetna")));
}

TEST(PayerDiagnosis, TellsAClientThatIsTakenFromOneThatIsRefused) {
  const Finding taken = found(answer(400, invalid_request));
  EXPECT_EQ(taken.health, Health::good);
  EXPECT_EQ(taken.what, "it knows our client");
  for (const unsigned status : {400U, 401U}) {
    const Finding refused = found(answer(status, invalid_client));
    EXPECT_EQ(refused.health, Health::bad) << status;
    EXPECT_THAT(refused.what, HasSubstr("it refuses our client (" + std::to_string(status) + ")"));
  }
}

// RFC 6749 section 5.2 lets a payer say so with either status.
TEST(PayerDiagnosis, SaysWhichOfTwoSecretsIsTaken) {
  for (const unsigned status : {400U, 401U}) {
    const Finding by_second = found(answer(status, invalid_client), answer(400, invalid_request));
    EXPECT_EQ(by_second.health, Health::doubtful) << status;
    EXPECT_EQ(by_second.what,
              "it knows our client by the second of two client secrets; of the other: it is "
              "refused (" +
                  std::to_string(status) + ")");
    const Finding by_none = found(answer(status, invalid_client), answer(status, invalid_client));
    EXPECT_EQ(by_none.health, Health::bad) << status;
    EXPECT_THAT(by_none.what, HasSubstr("by either client secret"));
  }
  const Finding by_both = found(answer(400, invalid_request), answer(400, invalid_request));
  EXPECT_EQ(by_both.what, "it knows our client by both client secrets");
}

config::PayerConfig profile() {
  config::PayerConfig payer(*PayerName::parse("aetna"));
  payer.auth_root = "https://payer.example/fhir";
  payer.aud = payer.auth_root;
  payer.resource_base = "https://payer.example/fhir/v2/patientaccess";
  payer.token_url = "https://payer.example/fhir/oauth2/token";
  payer.authorize_url = "https://payer.example/fhir/oauth2/authorize";
  return payer;
}

TEST(PayerDiagnosis, AudIsTheAuthRootToTheLetter) {
  config::PayerConfig payer = profile();
  EXPECT_EQ(of_audience(payer).health, Health::good);
  struct Case {
    std::string aud;
    Health health;
    std::string what;
  };
  const Case cases[] = {
      {payer.resource_base, Health::doubtful, "aud is the resource base"},
      {payer.auth_root + "/", Health::doubtful, "differ by a slash"},
      {payer.auth_root + "/v1/patientaccess", Health::doubtful, "below auth_root"},
      {"https://payer.example/fhir2", Health::bad, "neither auth_root nor below it"},
      {"https://elsewhere.example/fhir", Health::bad, "neither auth_root nor below it"},
  };
  for (const Case& one : cases) {
    payer.aud = one.aud;
    const Finding found = of_audience(payer);
    EXPECT_EQ(found.health, one.health) << one.aud;
    EXPECT_THAT(found.what, HasSubstr(one.what)) << one.aud;
    EXPECT_THAT(found.fix, HasSubstr("leave aud out")) << one.aud;
  }
}

TEST(PayerDiagnosis, APayerThatTakesNoBasicHeaderIsNamed) {
  const config::PayerConfig payer = profile();
  const oauth::TrustedPlaces trusted{{"https://payer.example"}, {"/fhir/"}};
  const std::string endpoints = R"({"authorization_endpoint":")" + payer.authorize_url +
                                R"(","token_endpoint":")" + payer.token_url + '"';
  const std::string methods = R"(,"token_endpoint_auth_methods_supported":)";
  for (const std::string& ours :
       {std::string("}"), methods + R"(["client_secret_post","client_secret_basic"]})"}) {
    EXPECT_EQ(of_discovery(answer(200, endpoints + ours), payer, trusted).health, Health::good);
  }
  const Finding other =
      of_discovery(answer(200, endpoints + methods + R"(["private_key_jwt"]})"), payer, trusted);
  EXPECT_EQ(other.health, Health::bad);
  EXPECT_THAT(other.what, HasSubstr("client_secret_basic"));
}

TEST(PayerDiagnosis, AMemberWhoIsSentBackAtOnceIsToldWhy) {
  for (const auto& [error, fix] :
       {std::pair{"invalid_scope", "scopes"}, std::pair{"unauthorized_client", "client_id"},
        std::pair{"invalid_request", "aud"}}) {
    const Finding found = of_login_page(answer(302, ""), profile(),
                                        std::string("https://us.example/callback?error=") + error);
    EXPECT_EQ(found.health, Health::bad);
    EXPECT_THAT(found.what, HasSubstr(std::string("at once: ") + error));
    EXPECT_THAT(found.fix, HasSubstr(fix));
  }
}

TEST(PayerDiagnosis, WhatWasNotLookedAtIsSaidWithWhy) {
  const Finding no_url = of_unseen_login_page(profile(), false);
  EXPECT_EQ(no_url.health, Health::doubtful);
  EXPECT_EQ(no_url.what, "not looked at, because enroll.public_url is not set");
  EXPECT_THAT(of_unseen_login_page(profile(), true).fix, HasSubstr("authorize_url"));
}

// RFC 6750 section 3.1 says what a missing token looks like, the gateway's words what a missing
// subscription does.
TEST(PayerDiagnosis, OfProductsItSaysWhatCanBeSeenWithoutAToken) {
  const config::PayerConfig payer = profile();
  const Finding wanted =
      of_products(answer(401, R"({"moreInformation":"Cannot pass the security checks"})"), payer);
  EXPECT_EQ(wanted.health, Health::good);
  EXPECT_THAT(wanted.what, HasSubstr("shows with a member's alone"));
  EXPECT_THAT(wanted.what, HasSubstr("unauthorized"));
  const Finding refused =
      of_products(answer(401, R"({"moreInformation":"Invalid client id or secret."})"), payer);
  EXPECT_EQ(refused.health, Health::doubtful);
  EXPECT_THAT(refused.what, HasSubstr("subscribed to no product"));
  EXPECT_THAT(refused.fix, HasSubstr("APPROVED"));
}

// Whatever a payer answers, to whichever question: what is not good says what to do.
TEST(PayerDiagnosis, NothingBadOrDoubtfulLacksAFix) {
  config::PayerConfig payer = profile();
  const oauth::TrustedPlaces trusted{{"https://payer.example"}, {"/fhir/"}};
  std::vector<Answered> answers;
  for (unsigned status = 200; status < 600; ++status) {
    for (
        const char* body :
        {"", "null", "{}", "<html>", R"({"error":"invalid_client"})",
         R"({"authorization_endpoint":"https://x.example/a","token_endpoint":"https://x.example/t"})",
         R"({"code_challenge_methods_supported":["plain"]})"}) {
      answers.push_back(answer(status, body));
    }
  }
  for (const char* code : {"dns_failed", "connect_failed", "tls_failed", "timeout", "bad_response",
                           "connection_lost", "connection_stale", "body_too_large", "bad_url"}) {
    answers.emplace_back(Failure{FailureKind::retryable, code, "seen"});
  }
  std::vector<Finding> findings =
      of_missing_secret(Failure{FailureKind::permanent, "secret_file", "none"}, payer);
  for (const bool names_page : {true, false}) {
    payer.authorize_url = names_page ? payer.authorize_url : "";
    for (const Answered& one : answers) {
      findings.push_back(of_discovery(one, payer, trusted));
      findings.push_back(of_login_page(one, payer, ""));
      findings.push_back(of_token_endpoint(std::span(&one, 1), payer));
      findings.push_back(of_resource_base(one, payer));
      findings.push_back(of_products(one, payer));
    }
  }
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.fix.empty(), finding.health == Health::good)
        << finding.link << ": " << finding.what;
  }
}

}  // namespace
}  // namespace claimferry::ctl
