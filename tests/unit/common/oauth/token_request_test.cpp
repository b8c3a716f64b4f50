#include "common/oauth/token_request.hpp"

#include <gtest/gtest.h>

#include "common/base/encoding.hpp"

namespace claimferry::oauth {
namespace {

TEST(TokenRequest, AsksForARefreshOfWhatWasGranted) {
  EXPECT_EQ(refresh_form(Secret("AAI+/=&x"), "").reveal(),
            "grant_type=refresh_token&refresh_token=AAI%2B%2F%3D%26x");
}

TEST(TokenRequest, NamesScopesWhereTheProfileSaysSo) {
  EXPECT_EQ(refresh_form(Secret("r"), "launch/patient patient/*.read").reveal(),
            "grant_type=refresh_token&refresh_token=r&scope=launch%2Fpatient+patient%2F*.read");
}

TEST(TokenRequest, TradesACodeWithItsVerifier) {
  EXPECT_EQ(code_form(Secret("c+/="), "http://localhost:3000/cb", Secret("v-_")).reveal(),
            "grant_type=authorization_code&code=c%2B%2F%3D"
            "&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb&code_verifier=v-_");
}

TEST(TokenRequest, EncodesIdAndSecretBeforeJoiningThem) {
  struct Row {
    const char* id;
    const char* secret;
    bool raw;
    const char* joined;
  };
  const Row rows[] = {
      {"abc123", "def456", false, "abc123:def456"},
      {"abc123", "def456", true, "abc123:def456"},
      {"my client", "p:ss%w/rd", false, "my+client:p%3Ass%25w%2Frd"},
      {"my client", "p:ss%w/rd", true, "my client:p:ss%w/rd"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(basic_authorization(row.id, Secret(row.secret), row.raw).reveal(),
              "Basic " + to_base64(row.joined));
  }
}

}  // namespace
}  // namespace claimferry::oauth
