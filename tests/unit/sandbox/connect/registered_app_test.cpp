#include "tests/sandbox/model/connect/registered_app.hpp"

#include <gtest/gtest.h>

#include "common/base/encoding.hpp"

namespace claimferry::sandbox {
namespace {

std::string basic(std::string_view pair) {
  return "Basic " + to_base64(pair);
}

TEST(RegisteredApp, CredentialsMayBeFormEncodedOrRaw) {
  const ConnectModes modes;
  const RegisteredApp app({"a b", "p%/+", {}}, modes);
  EXPECT_TRUE(app.authenticates(basic("a b:p%/+")));
  EXPECT_TRUE(app.authenticates(basic("a+b:p%25%2F%2B")));
  for (const char* wrong : {"a b:p%25", "other:p%/+", "a b", ":", "a+b:p%/+x"}) {
    EXPECT_FALSE(app.authenticates(basic(wrong))) << wrong;
  }
  EXPECT_FALSE(app.authenticates(to_base64("a b:p%/+"))) << "no scheme";
  EXPECT_FALSE(app.authenticates("Basic ~"));
}

TEST(RegisteredApp, TwoSecretsAreGoodUntilOneIsTakenAway) {
  ConnectModes modes;
  const RegisteredApp app({}, modes);
  EXPECT_TRUE(app.authenticates(basic("sandbox-client:sandbox-secret")));
  modes.client_secrets = {"old", "new"};
  EXPECT_TRUE(app.authenticates(basic("sandbox-client:old")));
  EXPECT_TRUE(app.authenticates(basic("sandbox-client:new")));
  EXPECT_FALSE(app.authenticates(basic("sandbox-client:sandbox-secret")));
  modes.client_secrets = {"new"};
  EXPECT_FALSE(app.authenticates(basic("sandbox-client:old")));
  EXPECT_TRUE(app.authenticates(basic("sandbox-client:new")));
}

TEST(RegisteredApp, ReturnsToTheCallbackOnAnyPortOfThisMachineByDefault) {
  const ConnectModes modes;
  const RegisteredApp app({}, modes);
  const std::pair<const char*, bool> uris[] = {
      {"http://127.0.0.1:3000/api/auth/smart/callback", true},
      {"http://localhost:65535/api/auth/smart/callback", true},
      {"http://localhost/api/auth/smart/callback", false},
      {"http://localhost:/api/auth/smart/callback", false},
      {"http://localhost:123456/api/auth/smart/callback", false},
      {"http://localhost:80@evil.test/api/auth/smart/callback", false},
      {"http://127.0.0.1:3000/elsewhere/api/auth/smart/callback", false},
      {"http://127.0.0.1:3000/api/auth/smart/callback?x=1", false},
      {"http://127.0.0.1.evil.test:3000/api/auth/smart/callback", false},
      {"https://localhost:3000/api/auth/smart/callback", false},
      {"http://localhost:", false},
      {"", false},
  };
  for (const auto& [uri, may] : uris) {
    EXPECT_EQ(app.may_return_to(uri), may) << uri;
  }
}

TEST(RegisteredApp, ReturnsToWhatIsRegisteredByteForByteAndModesComeFirst) {
  ConnectModes modes;
  const RegisteredApp app({"id", "secret", {"https://app.test/callback", "https://b.test/"}},
                          modes);
  EXPECT_TRUE(app.may_return_to("https://app.test/callback"));
  EXPECT_TRUE(app.may_return_to("https://b.test/"));
  EXPECT_FALSE(app.may_return_to("https://app.test/callback/"));
  EXPECT_FALSE(app.may_return_to("http://127.0.0.1:3000/api/auth/smart/callback"));
  modes.redirect_uris = {"https://c.test/"};
  EXPECT_TRUE(app.may_return_to("https://c.test/"));
  EXPECT_FALSE(app.may_return_to("https://b.test/"));
}

}  // namespace
}  // namespace claimferry::sandbox
