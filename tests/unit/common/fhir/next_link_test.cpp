#include "common/fhir/next_link.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::fhir {
namespace {

const LinkPolicy policy{
    {"https://payer.example", "https://Other.example:8443"},
    {"/fhir/"},
    {{"/qa/fhir/", "/fhir/"}},
};
constexpr std::string_view request = "https://payer.example/fhir/v2/ExplanationOfBenefit?patient=1";

std::string resolved(std::string_view link) {
  auto next = resolve_next(request, link, policy);
  return next ? *next : next.failure().code;
}

TEST(NextLink, ResolvesEveryFormOfReference) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"https://payer.example/fhir/v2/E?page=2", "https://payer.example/fhir/v2/E?page=2"},
      {"HTTPS://PAYER.example:443/fhir/v2/E?page=2", "https://payer.example/fhir/v2/E?page=2"},
      {"https://other.example:8443/fhir/E", "https://other.example:8443/fhir/E"},
      {"//payer.example/fhir/E?p=2", "https://payer.example/fhir/E?p=2"},
      {"/fhir/v2/E?page=2", "https://payer.example/fhir/v2/E?page=2"},
      {"?page=2", "https://payer.example/fhir/v2/ExplanationOfBenefit?page=2"},
      {"ExplanationOfBenefit?page=2", "https://payer.example/fhir/v2/ExplanationOfBenefit?page=2"},
      {"../v3/E?page=2", "https://payer.example/fhir/v3/E?page=2"},
      {"./E", "https://payer.example/fhir/v2/E"},
      {"https://payer.example/qa/fhir/E?page=2", "https://payer.example/fhir/E?page=2"},
      {"?page=2#here", "https://payer.example/fhir/v2/ExplanationOfBenefit?page=2"},
  };
  for (const auto& [link, expected] : table) {
    EXPECT_EQ(resolved(link), expected) << link;
  }
}

TEST(NextLink, KeepsTheQueryByteForByte) {
  EXPECT_EQ(resolved("/fhir/E?_page_token=Cj%2B%2F%3d%3D&x=a|b,c:%zz&&"),
            "https://payer.example/fhir/E?_page_token=Cj%2B%2F%3d%3D&x=a|b,c:%zz&&");
}

TEST(NextLink, RefusesToCarryTheTokenElsewhere) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"https://evil.example/fhir/E", "next_link_foreign_host"},
      {"http://payer.example/fhir/E", "next_link_foreign_host"},
      {"https://payer.example:444/fhir/E", "next_link_foreign_host"},
      {"https://payer.example@evil.example/fhir/E", "next_link_foreign_host"},
      {"https://evil.example/@payer.example/fhir/E", "next_link_foreign_host"},
      {"https://payer.example.evil.example/fhir/E", "next_link_foreign_host"},
      {"//evil.example/fhir/E", "next_link_foreign_host"},
      {"ftp://payer.example/fhir/E", "next_link_foreign_host"},
      {"https://payer.example/admin", "next_link_foreign_path"},
      {"/fhir/../admin", "next_link_foreign_path"},
      {"/fhir/%2e%2E/admin", "next_link_foreign_path"},
      {"/fhir/..%2fadmin", "next_link_foreign_path"},
      {"../../../admin", "next_link_foreign_path"},
      {"", "next_link_invalid"},
      {"/fhir/E?a=b c", "next_link_invalid"},
      {"/fhir/E?a=b\r\nX: y", "next_link_invalid"},
      {"https:\\\\evil.example\\fhir", "next_link_invalid"},
      {"javascript:alert(1)", "next_link_invalid"},
      {"https:/fhir/E", "next_link_invalid"},
  };
  for (const auto& [link, expected] : table) {
    EXPECT_EQ(resolved(link), expected) << link;
  }
}

TEST(NextLink, NamesAForeignHostOnlyWhereItIsPlain) {
  const std::pair<std::string, std::string> table[] = {
      {"https://Evil.example/fhir/E?name=doe", "leaves for https://evil.example;"},
      {"http://payer.example:8080/fhir/E", "leaves for http://payer.example;"},
      {"https://doe:1970-01-01@evil.example/fhir/E", "leaves for another host;"},
      {"https://john%20doe.example/fhir/E", "leaves for another host;"},
      {"https://[::1]/fhir/E", "leaves for another host;"},
      {"doe://evil.example/fhir/E", "leaves for another host;"},
      {"https://" + std::string(65, 'a') + "/fhir/E", "leaves for another host;"},
  };
  for (const auto& [link, text] : table) {
    const auto next = resolve_next(request, link, policy);
    ASSERT_FALSE(next) << link;
    EXPECT_EQ(next.failure().code, "next_link_foreign_host") << link;
    EXPECT_NE(next.failure().detail.find(text), std::string::npos) << next.failure().detail;
  }
}

TEST(NextLink, IsBoundedInLength) {
  const std::string longest = "/fhir/E?t=" + std::string(limits::url_bytes_max - 10, 'a');
  EXPECT_EQ(resolved(longest), "https://payer.example" + longest);
  EXPECT_EQ(resolved(longest + "a"), "next_link_too_long");
}

}  // namespace
}  // namespace claimferry::fhir
