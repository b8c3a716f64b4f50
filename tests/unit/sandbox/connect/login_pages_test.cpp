#include "tests/sandbox/model/connect/login_pages.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

PendingRequest pending() {
  PendingRequest pending;
  pending.id = "the-request";
  pending.request.client_id = "<app> & co";
  pending.request.scope = "launch/patient patient/*.read";
  pending.login_token = "login-token";
  pending.consent_token = "consent-token";
  return pending;
}

void expect_all(const Answer& page, std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    EXPECT_NE(page.body.find(text), std::string::npos) << text << " is not in:\n" << page.body;
  }
}

TEST(LoginPages, TheLoginFormIsBoundToItsRequest) {
  const Answer page = login_page(pending(), "", "");
  EXPECT_EQ(page.status, 200U);
  expect_all(page, {R"(<form method="post" action="/AccountManagerV3/v/login">)",
                    R"(name="request" value="the-request")",
                    R"(name="form_token" value="login-token")", R"(id="username" name="username")",
                    R"(id="password" name="password" type="password")", R"(id="login")"});
  EXPECT_EQ(page.body.find(R"(id="error")"), std::string::npos);
  EXPECT_EQ(page.body.find("consent-token"), std::string::npos);
}

TEST(LoginPages, AMistakeIsTextAndSoIsTheNameThatWasTyped) {
  const Answer page = login_page(pending(), R"("><script>)", "No & <never>.");
  expect_all(page, {R"(<p id="error" role="alert">No &amp; &lt;never&gt;.</p>)",
                    R"(value="&quot;&gt;&lt;script&gt;")"});
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
}

TEST(LoginPages, TheConsentPageNamesTheAppAndWhatItAsksFor) {
  const Answer page = consent_page(pending());
  expect_all(
      page,
      {R"(<strong id="app">&lt;app&gt; &amp; co</strong>)", "<code>launch/patient</code>",
       "your claims <code>patient/*.read</code>", R"(action="/AccountManagerV3/v/consent")",
       R"(name="form_token" value="consent-token")", R"(id="allow" name="decision" value="allow")",
       R"(id="deny" name="decision" value="deny")"});
  EXPECT_EQ(page.body.find("login-token"), std::string::npos);
}

TEST(LoginPages, AnErrorPageIsA400WithItsReason) {
  const Answer page = error_page("Not <so>.");
  EXPECT_EQ(page.status, 400U);
  expect_all(page, {R"(<p id="error" role="alert">Not &lt;so&gt;.</p>)"});
}

}  // namespace
}  // namespace claimferry::sandbox
