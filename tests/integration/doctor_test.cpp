// claimferry doctor of a payer: each of the guide's common mistakes is told by its name.
#include <gtest/gtest.h>

#include "tests/integration/doctor_told.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

class Doctor : public testing::Test {
 protected:
  void begin(FleetOptions options = {}) {
    fleet_ = std::make_unique<Fleet>(std::move(options));
    fleet_->start_sandbox();
  }
  // Wherever the words set things otherwise; what it finds wrong always comes with a fix.
  Output ask(std::vector<std::string> words = {}) {
    words.insert(words.end(), {"doctor", "--payer", "aetna-sandbox"});
    Output told = fleet_->cli(std::move(words));
    EXPECT_EQ(without_fix(told), "");
    return told;
  }
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
  for (const char* link : {"discovery", "clock", "aud", "sign-in page", "token endpoint",
                           "resource base", "products"}) {
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

TEST_F(Doctor, TellsTheResourceBaseInThePlaceOfTheAudience) {
  begin();
  const Output told = fleet_->cli(
      {"--set", "payer.aetna-sandbox.aud=" + fleet_->payer_url() + "/fhirdemo/v2/patientaccess",
       "doctor", "--payer", "aetna-sandbox"});
  EXPECT_TRUE(told.text.find("‼ aetna-sandbox: aud: aud is the resource base") != std::string::npos)
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

TEST_F(Doctor, TakesAPayersOwnTrustAnchorsAndNamesAFileOfNone) {
  FleetOptions options;
  options.tls = true;
  begin(std::move(options));
  EXPECT_EQ(ask().status, 0);
  const std::string none = fleet_->directory() / "none.pem";
  write_file(none, "no certificate\n");
  EXPECT_TRUE(finds(ask({"--set", "payer.aetna-sandbox.ca_file=" + none}), 'x',
                    "trust anchors: cannot read trust anchors from " + none));
}

// Every other link of that payer is looked at all the same.
TEST_F(Doctor, TellsASecretFileThatHoldsNoneAndGoesOn) {
  begin();
  write_file(fleet_->directory() / "our_client_secret", "\n");
  const Output told = ask();
  EXPECT_TRUE(finds(told, 'x', "client secret: "));
  EXPECT_NE(told.text.find("‼ aetna-sandbox: token endpoint: not looked at, because there is no"),
            std::string::npos)
      << told.text;
  for (const char* link : {"discovery", "sign-in page", "resource base", "products"}) {
    EXPECT_NE(told.text.find(std::string("√ aetna-sandbox: ") + link), std::string::npos)
        << told.text;
  }
}

TEST_F(Doctor, SaysThatItDidNotLookAtTheSignInPageAndWhy) {
  begin();
  EXPECT_TRUE(finds(ask({"--set", "enroll.public_url="}), '!',
                    "sign-in page: not looked at, because enroll.public_url is not set\n    set "
                    "it to what browsers call claimferry-enroll"));
}

// The payer refuses the sign-in, and the profile shows why.
TEST_F(Doctor, TellsAWrongAudience) {
  begin();
  for (const auto& [aud, health] :
       {std::pair{"https://elsewhere.example/fhir", 'x'},
        std::pair{"/fhirdemo/v1/patientaccess", '!'}, std::pair{"/fhirdemo/", '!'}}) {
    const std::string value = (aud[0] == '/' ? fleet_->payer_url() : "") + aud;
    const Output told = ask({"--set", "payer.aetna-sandbox.aud=" + value});
    const std::string mark = health == 'x' ? "×" : "‼";
    EXPECT_NE(told.text.find(mark + " aetna-sandbox: aud: "), std::string::npos) << told.text;
    EXPECT_TRUE(finds(told, 'x',
                      "sign-in page: the payer sends the member back at once: "
                      "invalid_request\n    compare aud"));
  }
}

TEST_F(Doctor, KnowsItsPayersByName) {
  begin();
  EXPECT_EQ(fleet_->cli({"doctor", "--payer", "cigna"}).status, 2);
}

}  // namespace
}  // namespace claimferry::integration
