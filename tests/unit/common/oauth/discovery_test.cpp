#include "common/oauth/discovery.hpp"

#include <gtest/gtest.h>

namespace claimferry::oauth {
namespace {

const TrustedPlaces trusted{{"https://apif1.aetna.com", "https://other.test:8443"}, {"/fhir/"}};
constexpr auto good_token = "https://apif1.aetna.com/fhir/v1/oauth2/token";

std::string document(const std::string& authorize, const std::string& token = good_token,
                     const std::string& more = "") {
  return R"({"authorization_endpoint":")" + authorize + R"(","token_endpoint":")" + token + "\"" +
         more + "}";
}

TEST(Discovery, ReadsBothEndpoints) {
  const auto found =
      parse_discovery(document("https://apif1.aetna.com/fhir/prod/v1/oauth2/authorize", good_token,
                               R"(,"code_challenge_methods_supported":["plain","S256"])"),
                      trusted);
  ASSERT_TRUE(found.ok()) << found.failure().detail;
  EXPECT_EQ(found->authorize_url, "https://apif1.aetna.com/fhir/prod/v1/oauth2/authorize");
  EXPECT_EQ(found->token_url, good_token);
}

TEST(Discovery, OneHostHasManyNotations) {
  for (const char* url :
       {"https://APIF1.aetna.com/fhir/a", "https://apif1.aetna.com:443/fhir/a",
        "HTTPS://apif1.aetna.com:/fhir/a", "https://other.test:8443/fhir/a?tenant=1"}) {
    EXPECT_TRUE(parse_discovery(document(url), trusted).ok()) << url;
  }
}

TEST(Discovery, NoEndpointMayLieElsewhere) {
  for (const char* url :
       {"https://evil.test/fhir/a", "http://apif1.aetna.com/fhir/a",
        "https://apif1.aetna.com.evil.test/fhir/a", "https://apif1.aetna.com:444/fhir/a",
        "https://apif1.aetna.com/else/a", "https://apif1.aetna.com/fhir/../else/a",
        "https://apif1.aetna.com/fhir/%2e%2e/else/a", "https://other.test/fhir/a"}) {
    for (const bool is_authorize : {true, false}) {
      const std::string good = good_token;
      const auto found =
          parse_discovery(is_authorize ? document(url, good) : document(good, url), trusted);
      ASSERT_FALSE(found.ok()) << url;
      EXPECT_EQ(found.failure().code, "discovery_foreign") << url;
      EXPECT_EQ(found.failure().kind, FailureKind::permanent);
    }
  }
}

TEST(Discovery, WhatIsMissingIsNamed) {
  struct Row {
    std::string document;
    const char* code;
    const char* word;
  };
  const Row rows[] = {
      {"", "discovery_not_json", "JSON"},
      {"<html>", "discovery_not_json", "JSON"},
      {"null", "discovery_not_json", "JSON"},
      {"[]", "discovery_not_json", "JSON"},
      {"{}", "discovery_incomplete", "authorization_endpoint"},
      {R"({"authorization_endpoint":7})", "discovery_incomplete", "authorization_endpoint"},
      {document("no url"), "discovery_incomplete", "no URL"},
      {document("https://user:pw@apif1.aetna.com/fhir/a"), "discovery_incomplete", "no URL"},
      {R"({"authorization_endpoint":"https://apif1.aetna.com/fhir/a"})", "discovery_incomplete",
       "token_endpoint"},
      {document("https://apif1.aetna.com/fhir/a", good_token,
                R"(,"code_challenge_methods_supported":["plain"])"),
       "discovery_no_s256", "S256"},
  };
  for (const Row& row : rows) {
    const auto found = parse_discovery(row.document, trusted);
    ASSERT_FALSE(found.ok()) << row.document;
    EXPECT_EQ(found.failure().code, row.code) << row.document;
    EXPECT_NE(found.failure().detail.find(row.word), std::string::npos) << found.failure().detail;
  }
}

}  // namespace
}  // namespace claimferry::oauth
