#include "tests/sandbox/model/connect/discovery.hpp"

#include "tests/unit/sandbox/connect/connect_fixture.hpp"

namespace claimferry::sandbox {
namespace {

class DiscoveryOf : public ConnectTest {};

TEST_F(DiscoveryOf, NamesAbsoluteUrlsAndWhatThePublishedOneNames) {
  const Answer answer = get(discovery_path, "");
  ASSERT_EQ(answer.status, 200U);
  EXPECT_EQ(header(answer, "Content-Type"), "application/json");
  const auto expected = boost::json::parse(R"({
    "authorization_endpoint": "http://payer.test/fhirdemo/v1/fhirserver_auth/oauth2/authorize",
    "token_endpoint": "http://payer.test/fhirdemo/v1/fhirserver_auth/oauth2/token",
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    "response_types_supported": ["code"],
    "scopes_supported": ["openid", "fhirUser", "profile", "launch/patient", "patient/*.read"],
    "code_challenge_methods_supported": ["S256"],
    "capabilities": ["client-public", "client-confidential-symmetric", "sso-openid-connect",
                     "launch-standalone"]})");
  EXPECT_EQ(json(answer), expected);
}

TEST_F(DiscoveryOf, MayBeMissing) {
  set_modes(R"({"discovery_missing":true})");
  EXPECT_EQ(get(discovery_path, "").status, 404U);
}

TEST_F(DiscoveryOf, IsNotServedUnderTheResourceBase) {
  EXPECT_EQ(get(std::string(base) + "/.well-known/smart-configuration", "").status, 404U);
}

TEST_F(DiscoveryOf, MayNameAForeignHostWhereCredentialsAreHeldAgainstTheClient) {
  set_modes(R"({"discovery_foreign_host":true})");
  const Answer answer = get(discovery_path, "");
  EXPECT_EQ(text(answer, "authorization_endpoint"),
            "http://elsewhere.test" + std::string(authorize_path));
  EXPECT_EQ(text(answer, "token_endpoint"), "http://elsewhere.test" + std::string(token_path));
  PayerRequest request;
  request.method = "POST";
  request.target = token_path;
  request.authorization = "Basic " + to_base64("sandbox-client:sandbox-secret");
  request.foreign_host = true;
  EXPECT_EQ(ask(request).status, 404U);
  EXPECT_EQ(counts().tokens_elsewhere, 1U);
}

}  // namespace
}  // namespace claimferry::sandbox
