#include "scheduler/enroll/pages.hpp"

#include <map>

#include <gtest/gtest.h>

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::enroll {
namespace {

std::map<std::string, std::string> headers_of(const http::Page& page) {
  return {page.headers.begin(), page.headers.end()};
}

TEST(Pages, ShowTheOutcomeAndWhoInvited) {
  const http::Page page = Pages("Ada & Sons <Health>", true).show(outcome::connected);
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("<h1 id=\"title\">You are connected</h1>"), std::string::npos);
  EXPECT_NE(page.body.find("Ada &amp; Sons &lt;Health&gt;"), std::string::npos);
  EXPECT_EQ(page.body.find("<Health>"), std::string::npos);
}

TEST(Pages, LetNobodyFrameSniffOrLearnTheAddress) {
  auto headers = headers_of(Pages("x", true).show(outcome::denied));
  EXPECT_EQ(headers["Referrer-Policy"], "no-referrer");
  EXPECT_EQ(headers["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(headers["X-Frame-Options"], "DENY");
  EXPECT_TRUE(headers.contains("Strict-Transport-Security"));
  EXPECT_FALSE(
      headers_of(Pages("x", false).show(outcome::denied)).contains("Strict-Transport-Security"));
}

// What the policy names is what the page holds, or browsers would show it bare.
TEST(Pages, AllowTheirOwnStyleAndNothingElse) {
  const http::Page page = Pages("x", true).show(outcome::denied);
  const std::string open = "<style>";
  const auto begin = page.body.find(open) + open.size();
  const Sha256 digest = sha256(page.body.substr(begin, page.body.find("</style>") - begin));
  const std::string_view raw(reinterpret_cast<const char*>(digest.data()), digest.size());
  EXPECT_EQ(headers_of(page)["Content-Security-Policy"],
            "default-src 'none'; style-src 'sha256-" + to_base64(raw) +
                "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  EXPECT_EQ(page.body.find("<script"), std::string::npos);
}

TEST(Pages, SendBackWithAPlainOutcome) {
  const Pages pages("x", true);
  http::Page page = pages.send_back("https://app.test/done", outcome::connected);
  EXPECT_EQ(page.status, 303U);
  EXPECT_EQ(headers_of(page)["Location"], "https://app.test/done?enrolment=connected");
  page = pages.send_back("https://app.test/done", outcome::denied);
  EXPECT_EQ(headers_of(page)["Location"], "https://app.test/done?enrolment=failed&reason=denied");
}

}  // namespace
}  // namespace claimferry::enroll
