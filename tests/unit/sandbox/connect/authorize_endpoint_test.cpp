#include "tests/sandbox/model/connect/authorize_endpoint.hpp"

#include "tests/unit/sandbox/connect/connect_fixture.hpp"

namespace claimferry::sandbox {
namespace {

class AuthorizeEndpointOf : public ConnectTest {
 protected:
  Answer ask_for(const std::string& query) {
    return get(std::string(authorize_path) + "?" + query, "");
  }
};

TEST_F(AuthorizeEndpointOf, SendsTheBrowserToTheLoginPageWithAnIdOfItsOwn) {
  const Answer answer = authorize();
  EXPECT_EQ(answer.status, 302U);
  EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
  const std::string location = header(answer, "Location");
  EXPECT_TRUE(location.starts_with("http://payer.test/AccountManagerV3/v/login?appname=SMRTPP&"))
      << location;
  EXPECT_EQ(location.find("recon"), std::string::npos) << "state stays with the payer";
  EXPECT_NE(told(authorize(), "request"), told(answer, "request"));
}

TEST_F(AuthorizeEndpointOf, AsksForNoClientBeforeSomebodySignedIn) {
  EXPECT_TRUE(header(authorize({{"client_id", "nobody"}}), "Location")
                  .starts_with("http://payer.test/AccountManagerV3/"));
}

TEST_F(AuthorizeEndpointOf, TellsTheAppWhatItDidWrong) {
  struct Mistake {
    const char* name;
    const char* value;
    const char* error;
  };
  const Mistake mistakes[] = {
      {"response_type", "", "invalid_request"},
      {"response_type", "token", "unsupported_response_type"},
      {"code_challenge", "", "invalid_request"},
      {"code_challenge", "short", "invalid_request"},
      {"code_challenge_method", "", "invalid_request"},
      {"code_challenge_method", "plain", "invalid_request"},
      {"scope", "", "invalid_scope"},
      {"scope", "launch/patient offline_access", "invalid_scope"},
      {"aud", "", "invalid_request"},
      {"aud", "http://payer.test/fhirdemo/v2/patientaccess", "invalid_request"},
      {"aud", "http://payer.test/fhirdemo/", "invalid_request"},
      {"state", "", "invalid_request"},
  };
  for (const Mistake& mistake : mistakes) {
    const Answer answer = authorize({{mistake.name, mistake.value}});
    const std::string what = std::string(mistake.name) + "=" + mistake.value;
    ASSERT_EQ(answer.status, 302U) << what;
    EXPECT_TRUE(header(answer, "Location").starts_with(std::string(callback) + "?error=")) << what;
    EXPECT_EQ(told(answer, "error"), mistake.error) << what;
    EXPECT_NE(told(answer, "error_description"), "") << what;
    EXPECT_EQ(told(answer, "state"), std::string_view(mistake.name) == "state" ? "" : "recon");
  }
}

TEST_F(AuthorizeEndpointOf, ShowsAPageOfItsOwnWhereNobodyCanBeToldSafely) {
  for (const char* uri : {"", "https://evil.test/callback", "http://127.0.0.1:3000/elsewhere"}) {
    const Answer answer = authorize({{"redirect_uri", uri}});
    EXPECT_EQ(answer.status, 400U) << uri;
    EXPECT_TRUE(has_id(answer, "error")) << uri;
    EXPECT_EQ(header(answer, "Location"), "") << uri;
  }
  EXPECT_EQ(authorize({{"client_id", ""}}).status, 400U);
}

TEST_F(AuthorizeEndpointOf, CountsMissingProofsAndWrongAudiencesWhoeverIsTold) {
  authorize();
  EXPECT_EQ(counts().pkce_missing, 0U);
  EXPECT_EQ(counts().aud_wrong, 0U);
  authorize({{"code_challenge_method", "plain"}});
  authorize({{"code_challenge", ""}, {"aud", "http://payer.test"}});
  authorize({{"aud", ""}, {"redirect_uri", "https://evil.test/"}});
  EXPECT_EQ(counts().pkce_missing, 2U);
  EXPECT_EQ(counts().aud_wrong, 2U);
}

TEST_F(AuthorizeEndpointOf, ReadsItsQueryAsAFormAndEachParameterOnce) {
  const std::string good =
      "response_type=code&client_id=sandbox-client&redirect_uri=" + percent_encode(callback) +
      "&scope=launch/patient+patient/*.read&state=s&aud=http://payer.test/"
      "fhirdemo&code_challenge=" +
      challenge + "&code_challenge_method=S256";
  EXPECT_TRUE(header(ask_for(good), "Location").starts_with("http://payer.test/"));
  EXPECT_EQ(told(ask_for(good + "&state=t"), "error"), "invalid_request");
  EXPECT_EQ(ask_for(good + "&redirect_uri=https://evil.test/").status, 400U);
  EXPECT_EQ(ask_for(good + "&client_id=other").status, 400U);
}

TEST_F(AuthorizeEndpointOf, TakesNeitherOtherMethodsNorEndlessUrls) {
  EXPECT_EQ(post(authorize_path, asked()).status, 405U);
  EXPECT_EQ(authorize({{"state", std::string(9'000, 's')}}).status, 414U);
}

TEST_F(AuthorizeEndpointOf, RefusesWhatASettingNoLongerRegisters) {
  set_modes(R"({"redirect_uris":["https://app.test/callback"]})");
  EXPECT_EQ(authorize().status, 400U);
  EXPECT_EQ(authorize({{"redirect_uri", "https://app.test/callback"}}).status, 302U);
}

}  // namespace
}  // namespace claimferry::sandbox
