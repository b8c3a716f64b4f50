#include "scheduler/enroll/return_policy.hpp"

#include <gtest/gtest.h>

namespace claimferry::enroll {
namespace {

TEST(ReturnPolicy, AllowsOriginsFoldersAndPages) {
  const ReturnPolicy policy({"https://any.example.com", "https://app.example.com/health/",
                             "https://app.example.com/done", "http://127.0.0.1:3000"});
  for (const char* url : {"https://any.example.com", "https://any.example.com/x/y?z=1",
                          "https://ANY.example.com:443/", "https://app.example.com/health/",
                          "https://app.example.com/health/a?b=c", "https://app.example.com/done",
                          "https://app.example.com/done?id=1", "http://127.0.0.1:3000/page"}) {
    EXPECT_TRUE(policy.allows(url)) << url;
  }
  for (const char* url : {"",
                          "/done",
                          "https://any.example.com.evil.test/",
                          "https://any.example.com@evil.test/",
                          "https://evil.test/?https://any.example.com",
                          "http://any.example.com/",
                          "https://any.example.com:444/",
                          "https://app.example.com/",
                          "https://app.example.com/health",
                          "https://app.example.com/health/../other",
                          "https://app.example.com/health/%2e%2e/other",
                          "https://app.example.com/done/more",
                          "https://app.example.com/donemore",
                          "http://127.0.0.1:3001/page",
                          "javascript:alert(1)",
                          "https://any.example.com\\@evil.test/",
                          "https://any.example.com/#fragment",
                          "//any.example.com/",
                          " https://any.example.com/",
                          "https://any.example.com/\r\nSet-Cookie: a=b"}) {
    EXPECT_FALSE(policy.allows(url)) << url;
  }
}

TEST(ReturnPolicy, WithoutEntriesAllowsNothing) {
  EXPECT_FALSE(ReturnPolicy({}).allows("https://any.example.com/"));
}

TEST(ReturnPolicy, SaysWhatIsWrongWithAnEntry) {
  EXPECT_FALSE(ReturnPolicy::problem_of("https://app.example.com/done"));
  EXPECT_FALSE(ReturnPolicy::problem_of("http://localhost:3000"));
  for (const char* entry : {"", "app.example.com", "http://app.example.com",
                            "https://*.example.com", "https://app.example.com/?a=b"}) {
    EXPECT_TRUE(ReturnPolicy::problem_of(entry)) << entry;
  }
}

TEST(ReturnPolicy, AddsTheOutcomeToTheQuery) {
  EXPECT_EQ(with_outcome("https://a.test/p", "connected", ""),
            "https://a.test/p?enrolment=connected");
  EXPECT_EQ(with_outcome("https://a.test/p?id=1", "failed", "denied"),
            "https://a.test/p?id=1&enrolment=failed&reason=denied");
}

}  // namespace
}  // namespace claimferry::enroll
