#include "tests/sandbox/model/connect/redirects.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

AuthorizeRequest asked(std::string redirect_uri, std::string state) {
  AuthorizeRequest request;
  request.redirect_uri = std::move(redirect_uri);
  request.state = std::move(state);
  return request;
}

std::string location(const Answer& answer) {
  EXPECT_EQ(answer.status, 302U);
  EXPECT_EQ(answer.headers.front().first, "Location");
  return answer.headers.front().second;
}

TEST(Redirects, TellTheAppEscapedAndGiveItsStateBack) {
  const AuthorizeRequest request = asked("https://app.test/cb", "a&b=\r\nc");
  EXPECT_EQ(location(return_to_app(request, {{"code", "x y"}}, StateReturned::as_sent)),
            "https://app.test/cb?code=x%20y&state=a%26b%3d%0d%0ac");
}

TEST(Redirects, KeepAQueryThatTheAppRegistered) {
  const AuthorizeRequest request = asked("https://app.test/cb?tenant=1", "s");
  EXPECT_EQ(location(return_to_app(request, {{"error", "e"}}, StateReturned::as_sent)),
            "https://app.test/cb?tenant=1&error=e&state=s");
}

TEST(Redirects, MayGiveTheStateBackInBase64) {
  const AuthorizeRequest request = asked("https://app.test/cb", "recon");
  EXPECT_EQ(location(return_to_app(request, {{"code", "c"}}, StateReturned::base64)),
            "https://app.test/cb?code=c&state=cmVjb24%3d");
}

TEST(Redirects, GiveNoStateBackWhereNoneWasSent) {
  const AuthorizeRequest request = asked("https://app.test/cb", "");
  EXPECT_EQ(location(return_to_app(request, {{"error", "e"}}, StateReturned::base64)),
            "https://app.test/cb?error=e");
}

}  // namespace
}  // namespace claimferry::sandbox
