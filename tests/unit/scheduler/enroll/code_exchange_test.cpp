// A code is used once: with which secret it is sent, and when it is sent again.
#include "scheduler/enroll/code_exchange.hpp"

#include <gtest/gtest.h>

#include "common/oauth/token_request.hpp"
#include "tests/unit/scheduler/enroll/payer_access_fixture.hpp"

namespace claimferry::enroll {
namespace {

class CodeExchangeTest : public PayerAccessTest {
 protected:
  CodeExchangeTest() {
    profile.client_id = "id";
    exchange.add_payer(profile, {Secret("new"), Secret("old")});
    http.answers = [this, answers = http.answers](const http::Request& request) {
      sent_by.emplace_back(request.authorization.reveal());
      return answers(request);
    };
  }
  static std::string by(const std::string& secret) {
    return std::string(oauth::basic_authorization("id", Secret(secret), false).reveal());
  }
  Result<oauth::TokenAnswer> trade() {
    return run(exchange.trade(
        {profile.name, Secret("code"), "https://app.test/callback", Secret("verifier")}));
  }

  using SentBy = std::vector<std::string>;
  SentBy sent_by;
  CodeExchange exchange{time, payers};
};

constexpr const char* tokens = R"({"access_token":"a","refresh_token":"r"})";

TEST_F(CodeExchangeTest, TheOtherSecretIsTriedWhereTheFirstIsRefused) {
  for (const unsigned status : {400U, 401U}) {
    sent_by.clear();
    answers.push_back(worker::answer(status, R"({"error":"invalid_client"})"));
    answers.push_back(worker::answer(200, tokens));
    const auto traded = trade();
    ASSERT_TRUE(traded) << status;
    EXPECT_EQ(traded->refresh_token->reveal(), "r");
    EXPECT_EQ(sent_by, (SentBy{by("new"), by("old")}));
  }
}

TEST_F(CodeExchangeTest, WhereBothAreRefusedSoIsTheClient) {
  otherwise = always(401);
  EXPECT_EQ(trade().failure().code, "client_refused");
  EXPECT_EQ(sent_by, (SentBy{by("new"), by("old")}));
}

// The file was read anew while the payer looked at the code.
TEST_F(CodeExchangeTest, ASecretThatCameMeanwhileIsTriedWhereAllBeforeAreRefused) {
  http.answers = [this](const http::Request& request) {
    sent_by.emplace_back(request.authorization.reveal());
    if (sent_by.size() == 2) {
      exchange.add_payer(profile, {Secret("newest")});
    }
    return worker::answer(sent_by.size() < 3 ? 401 : 200, tokens);
  };
  EXPECT_TRUE(trade());
  EXPECT_EQ(sent_by, (SentBy{by("new"), by("old"), by("newest")}));
}

TEST_F(CodeExchangeTest, WhatMayHaveSpentTheCodeIsNotFollowedByTheOtherSecret) {
  struct Row {
    unsigned status;
    const char* body;
    const char* code;
  };
  const Row rows[] = {
      {400, R"({"error":"invalid_grant"})", "invalid_grant"},
      {400, R"({"error":"invalid_scope"})", "invalid_scope"},
      {400, "not json", "http_400"},
      {404, R"({"httpCode":"404"})", "http_404"},
      {302, "", "redirected"},
      {502, "", "http_502"},
      {200, "<html>", "token_answer_unusable"},
      {200, R"({"refresh_token":"r"})", "token_answer_unusable"},
      {200, R"({"access_token":"a","refresh_token":7})", "token_answer_unusable"},
      {202, "", "token_answer_unusable"},
      {204, "", "token_answer_unusable"},
  };
  for (const Row& row : rows) {
    sent_by.clear();
    answers.push_back(worker::answer(row.status, row.body));
    const auto traded = trade();
    ASSERT_FALSE(traded) << row.status << row.body;
    EXPECT_EQ(traded.failure().code, row.code) << row.status << row.body;
    EXPECT_EQ(sent_by, SentBy{by("new")}) << row.status << row.body;
  }
}

TEST_F(CodeExchangeTest, AnotherPayersCodeIsNobodys) {
  const auto traded = run(exchange.trade({*PayerName::parse("other"), Secret("code"),
                                          "https://app.test/callback", Secret("verifier")}));
  EXPECT_EQ(traded.failure().code, "unknown_payer");
  EXPECT_TRUE(sent_by.empty());
}

}  // namespace
}  // namespace claimferry::enroll
