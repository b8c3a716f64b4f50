#include "common/oauth/authorize_request.hpp"

#include <gtest/gtest.h>

namespace claimferry::oauth {
namespace {

AuthorizeRequest aetna() {
  return {"https://vteapif1.aetna.com/fhirdemo/v1/fhirserver_auth/oauth2/authorize",
          "client id",
          "http://localhost:3000/api/auth/smart/callback",
          "launch/patient patient/*.read",
          "https://vteapif1.aetna.com/fhirdemo",
          "skin13",
          "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"};
}

TEST(AuthorizeRequest, IsWhatTheGuideAsksFor) {
  EXPECT_EQ(authorize_location(aetna(), Secret("the-state")).reveal(),
            "https://vteapif1.aetna.com/fhirdemo/v1/fhirserver_auth/oauth2/authorize"
            "?response_type=code&client_id=client+id"
            "&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fapi%2Fauth%2Fsmart%2Fcallback"
            "&scope=launch%2Fpatient+patient%2F*.read&state=the-state"
            "&aud=https%3A%2F%2Fvteapif1.aetna.com%2Ffhirdemo"
            "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            "&code_challenge_method=S256&skin=skin13");
}

TEST(AuthorizeRequest, LeavesOutASkinThatThePayerDoesNotHave) {
  AuthorizeRequest request = aetna();
  request.skin.clear();
  EXPECT_EQ(authorize_location(request, Secret("s")).reveal().find("skin"), std::string::npos);
}

TEST(AuthorizeRequest, AddsToAQueryThatIsThereAlready) {
  AuthorizeRequest request = aetna();
  request.authorize_url = "https://payer.test/authorize?tenant=7";
  EXPECT_TRUE(authorize_location(request, Secret("s"))
                  .reveal()
                  .starts_with("https://payer.test/authorize?tenant=7&response_type=code&"));
}

}  // namespace
}  // namespace claimferry::oauth
