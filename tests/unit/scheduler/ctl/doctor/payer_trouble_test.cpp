#include "scheduler/ctl/doctor/payer_trouble.hpp"

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using testing::HasSubstr;

Answered answer(unsigned status, std::string_view body, const std::string& retry_after = "") {
  http::Response response;
  response.status = status;
  response.body = http::Body(body);
  if (!retry_after.empty()) {
    response.headers.add("Retry-After", retry_after);
  }
  return response;
}

Answered failed(std::string code) {
  return Failure{FailureKind::retryable, std::move(code), "https://payer: seen"};
}

TEST(PayerTrouble, EachWayNotToReachAPayerHasItsOwnCauseAndFix) {
  struct Case {
    std::string code;
    std::string what;
    std::string fix;
  };
  const Case cases[] = {
      {"dns_failed", "host name is not found", "correct the host in auth_root"},
      {"connect_failed", "cannot be reached", "correct host and port in auth_root"},
      {std::string(tls_untrusted), "is not trusted here", "ca_file"},
      {std::string(tls_wrong_host), "is another host's", "its name must stand in the certificate"},
      {std::string(tls_out_of_date), "out of date", "clock"},
      {"tls_failed", "no TLS", "port in auth_root"},
      {"timeout", "does not answer", "ask again later"},
      {"connection_lost", "is away", "ask again later"},
      {"bad_response", "seen", "correct auth_root"},
  };
  for (const Case& one : cases) {
    const auto found = of_trouble("p: discovery", failed(one.code), "auth_root");
    ASSERT_TRUE(found) << one.code;
    EXPECT_EQ(found->health, Health::bad) << one.code;
    EXPECT_THAT(found->what, HasSubstr(one.what)) << one.code;
    EXPECT_THAT(found->what, HasSubstr("https://payer: seen")) << one.code;
    EXPECT_THAT(found->fix, HasSubstr(one.fix)) << one.code;
  }
}

TEST(PayerTrouble, TheEdgeADownPayerAndOneThatAsksForQuietAreToldApart) {
  const auto edge = of_trouble("p", answer(403, "<HTML>Access Denied</HTML>"), "auth_root");
  ASSERT_TRUE(edge);
  EXPECT_EQ(edge->health, Health::bad);
  EXPECT_THAT(edge->what, HasSubstr("edge denies this host"));
  for (const unsigned status : {500U, 502U, 503U, 504U}) {
    const auto down = of_trouble("p", answer(status, "{}"), "auth_root");
    ASSERT_TRUE(down) << status;
    EXPECT_EQ(down->health, Health::doubtful);
    EXPECT_THAT(down->what, HasSubstr("the payer is down: it answers " + std::to_string(status)));
    EXPECT_FALSE(down->fix.empty());
  }
  for (const auto& busy : {answer(429, ""), answer(503, "{}", "30")}) {
    const auto quiet = of_trouble("p", busy, "auth_root");
    ASSERT_TRUE(quiet);
    EXPECT_THAT(quiet->what, HasSubstr("asks for quiet"));
    EXPECT_FALSE(quiet->fix.empty());
  }
}

TEST(PayerTrouble, WhatOnlyOneLinkCanJudgeIsLeftToIt) {
  for (const auto& [status, body] :
       {std::pair{200U, "null"}, std::pair{302U, ""}, std::pair{400U, "{}"},
        std::pair{401U, R"({"httpCode":"401"})"}, std::pair{403U, R"({"httpCode":"403"})"},
        std::pair{404U, R"({"moreInformation":"No resources match requested URI"})"}}) {
    EXPECT_FALSE(of_trouble("p", answer(status, body), "auth_root")) << status;
  }
}

}  // namespace
}  // namespace claimferry::ctl
