#include "tests/sandbox/model/connect/html.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

std::string header(const Answer& answer, std::string_view name) {
  const auto found =
      std::ranges::find(answer.headers, name, &std::pair<std::string, std::string>::first);
  return found == answer.headers.end() ? "" : found->second;
}

TEST(Html, EscapesWhatCouldEndATextOrAnAttribute) {
  EXPECT_EQ(escape_html(R"(<a href="x" b='y'>&amp;</a> é)"),
            "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt; é");
}

TEST(Html, ATitleIsTextAndTheContentIsMarkup) {
  const std::string document = html_document("a < b", "<p>c</p>\n");
  EXPECT_NE(document.find("<title>a &lt; b</title>"), std::string::npos);
  EXPECT_NE(document.find("<h1>a &lt; b</h1>\n<p>c</p>"), std::string::npos);
}

TEST(Html, IsKeptOutOfCachesFramesAndReferrersAndRunsNothing) {
  const Answer answer = html_answer(200, "");
  EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(answer, "Content-Type"), "text/html; charset=utf-8");
  const std::string policy = header(answer, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("form-action"), std::string::npos) << "it would stop the way to the app";
}

}  // namespace
}  // namespace claimferry::sandbox
