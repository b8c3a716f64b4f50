// claimferry doctor of a payer: each of the guide's common mistakes is told by its name.
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

class Doctor : public testing::Test {
 protected:
  void begin(FleetOptions options = {}) {
    fleet_ = std::make_unique<Fleet>(std::move(options));
    fleet_->start_sandbox();
  }
  Output ask() { return fleet_->cli({"doctor", "--payer", "aetna-sandbox"}); }
  void set_mode(const std::string& json) { fleet_->control("PATCH", "/v1/modes", json); }

  std::unique_ptr<Fleet> fleet_;
};

testing::AssertionResult finds(const Output& told, char health, const std::string& what) {
  const std::string mark = health == 'x' ? "×" : health == '!' ? "‼" : "√";
  const bool is_bad = health == 'x';
  if (told.text.find(mark + " aetna-sandbox: " + what) != std::string::npos &&
      told.status == (is_bad ? 1 : 0)) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << told.status << "\n" << told.text << told.errors;
}

TEST_F(Doctor, FindsAGoodSetUpGoodAndCostsNobodyAnything) {
  begin();
  const Output told = ask();
  EXPECT_EQ(told.status, 0) << told.text << told.errors;
  for (const char* link :
       {"discovery", "clock", "aud", "sign-in page", "token endpoint", "resource base"}) {
    EXPECT_TRUE(finds(told, 'v', link)) << link;
  }
  for (const char* figure : {"codes_issued", "codes_exchanged", "tokens_elsewhere",
                             "credentials_in_body", "pkce_missing", "aud_wrong"}) {
    EXPECT_EQ(fleet_->violation(figure), 0) << figure;
  }
  EXPECT_NE(fleet_->cli({"doctor", "--payer", "aetna-sandbox", "-o", "json"})
                .text.find(R"("health":"good")"),
            std::string::npos);
}

TEST_F(Doctor, TellsABlankPageByItsSkin) {
  FleetOptions options;
  options.skin = "";
  begin(std::move(options));
  EXPECT_TRUE(finds(ask(), 'x', "sign-in page: it is blank\n    set skin"));
}

TEST_F(Doctor, TellsThePageThatSaysNullByItsSubscription) {
  begin();
  set_mode(R"({"subscription_propagating":true})");
  EXPECT_TRUE(finds(ask(), 'x', "sign-in page: it says null: the app has no active product"));
}

TEST_F(Doctor, TellsAClientThatIsRefused) {
  FleetOptions options;
  options.our_client_secret = "wrong";
  begin(std::move(options));
  EXPECT_TRUE(finds(ask(), 'x', "token endpoint: it refuses our client (401)"));
}

// While a secret is replaced: both are tried, and the one that serves is named.
TEST_F(Doctor, TellsWhichOfTwoSecretsIsTaken) {
  FleetOptions options;
  options.our_client_secret = "the-new-one\nintegration-secret";
  begin(std::move(options));
  const Output second = ask();
  EXPECT_TRUE(finds(second, '!',
                    "token endpoint: it knows our client by the second of two client secrets; of "
                    "the other: it is refused (401)\n    go on with both lines"));
  set_mode(R"({"client_secrets":["the-new-one"]})");
  EXPECT_TRUE(finds(ask(), '!', "token endpoint: it knows our client by the first of two"));
  set_mode(R"({"client_secrets":["the-new-one","integration-secret"]})");
  EXPECT_TRUE(finds(ask(), 'v', "token endpoint: it knows our client by both client secrets"));
  set_mode(R"({"client_secrets":["a-third"]})");
  EXPECT_TRUE(
      finds(ask(), 'x', "token endpoint: it refuses our client (401), by either client secret"));
  EXPECT_EQ(second.text.find("the-new-one"), std::string::npos);
}

TEST_F(Doctor, TellsAMissingOrForeignDiscovery) {
  FleetOptions options;
  options.discovers = true;
  begin(std::move(options));
  set_mode(R"({"discovery_missing":true})");
  EXPECT_TRUE(finds(ask(), 'x', "discovery: the smart-configuration at auth_root answers 404"));
  set_mode(R"({"discovery_missing":false,"discovery_foreign_host":true})");
  EXPECT_TRUE(finds(ask(), 'x', "discovery: the payer's smart-configuration names a"));
}

TEST_F(Doctor, TellsAWrongResourceBase) {
  begin();
  const Output told = fleet_->cli(
      {"--set", "payer.aetna-sandbox.resource_base=" + fleet_->payer_url() + "/fhirdemo", "doctor",
       "--payer", "aetna-sandbox"});
  EXPECT_TRUE(finds(told, 'x', "resource base: nothing is there (404)"));
}

TEST_F(Doctor, TellsAClockThatIsWrong) {
  begin();
  set_mode(R"({"clock":"behind"})");
  const Output told = ask();
  EXPECT_NE(told.text.find(" s ahead of the payer's"), std::string::npos) << told.text;
  EXPECT_EQ(told.status, 1);
  set_mode(R"({"clock":"ahead"})");
  EXPECT_NE(ask().text.find(" s behind the payer's"), std::string::npos);
}

TEST_F(Doctor, TellsAPayerThatIsAway) {
  begin();
  fleet_->set_faults(R"({"down":true})");
  EXPECT_TRUE(finds(ask(), 'x', "token endpoint: "));
}

TEST_F(Doctor, TellsARedirectUriThatIsNotRegistered) {
  begin();
  set_mode(R"({"redirect_uris":["https://elsewhere.example/callback"]})");
  EXPECT_TRUE(finds(ask(), 'x', "sign-in page: it answers 400"));
}

TEST_F(Doctor, TellsTheResourceBaseInThePlaceOfTheAudience) {
  begin();
  const Output told = fleet_->cli({"--set",
                                   "payer.aetna-sandbox.aud=" + fleet_->payer_url() +
                                       "/fhirdemo/v2/patientaccess",
                                   "doctor", "--payer", "aetna-sandbox"});
  EXPECT_TRUE(told.text.find("‼ aetna-sandbox: aud: aud is the resource base") !=
              std::string::npos)
      << told.text;
}

// A limit that is used up is no mistake of the set-up: it is asked again later.
TEST_F(Doctor, TellsAPayerThatAsksForQuiet) {
  begin();
  fleet_->control("PUT", "/v1/limit",
                  R"({"kind":"token_bucket","rate":0.01,"burst":1,"tokens":true})");
  EXPECT_TRUE(finds(ask(), 'v', "token endpoint"));
  EXPECT_TRUE(finds(ask(), '!', "token endpoint: the payer asks for quiet (429)"));
}

TEST_F(Doctor, TellsACertificateThatNobodyKnows) {
  FleetOptions options;
  options.tls = true;
  begin(std::move(options));
  EXPECT_EQ(ask().status, 0);
  const Output told =
      fleet_->cli({"--set", "payer.aetna-sandbox.ca_file=", "doctor", "--payer", "aetna-sandbox"});
  EXPECT_TRUE(finds(told, 'x', "discovery: ")) << told.text;
  EXPECT_NE(told.text.find("ca_file"), std::string::npos) << told.text;
}

TEST_F(Doctor, KnowsItsPayersByName) {
  begin();
  EXPECT_EQ(fleet_->cli({"doctor", "--payer", "cigna"}).status, 2);
}

}  // namespace
}  // namespace claimferry::integration
