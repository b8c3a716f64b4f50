// claimferry doctor against the sandbox in each of its broken modes, and against hosts that are not
// reached: it names the right cause, alike at every link that meets it.
#include <set>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "tests/integration/doctor_told.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

const std::vector<std::string> all_links{"discovery", "sign-in page", "token endpoint",
                                         "resource base", "products"};

struct Broken {
  std::string name;
  std::string modes;
  std::string faults;
  std::vector<std::string> links;  // that show it; all others are good
  std::string mark;
  std::string what;
  std::string fix;
  FleetOptions options = {};
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

FleetOptions with_secret(const std::string& secret) {
  FleetOptions options;
  options.our_client_secret = secret;
  return options;
}
FleetOptions that_discovers() {
  FleetOptions options;
  options.discovers = true;
  return options;
}
FleetOptions without_skin() {
  FleetOptions options;
  options.skin = "";
  return options;
}

const Broken broken_ones[] = {
    {"html_403", R"({"html_403":true})", "", all_links, "×", "the payer's edge denies this host",
     "ask the payer whether it denies this address"},
    {"status_5xx", "", R"({"status_5xx":1})", all_links, "‼", "the payer is down: it answers 50",
     "ask again later"},
    {"down", "", R"({"down":true})", all_links, "×", "the payer is away", "ask again later"},
    {"latency_ms", "", R"({"latency_ms":{"min":60000,"max":60000}})", all_links, "×",
     "the payer takes the question and does not answer", "ask again later"},
    {"reset", "", R"({"reset":1})", {"token endpoint"}, "×", "the payer is away", "ask again"},
    {"truncated_body",
     "",
     R"({"token":{"truncated_body":1}})",
     {"token endpoint"},
     "×",
     "the payer is away",
     "ask again"},
    {"token_status_5xx",
     "",
     R"({"token":{"status_5xx":1}})",
     {"token endpoint"},
     "‼",
     "the payer is down",
     "ask again later"},
    {"token_status_429",
     "",
     R"({"token":{"status_429":1}})",
     {"token endpoint"},
     "‼",
     "the payer asks for quiet (429)",
     "ask again in a few minutes"},
    {"rate_limit_shape",
     R"({"rate_limit_shape":"operation_outcome"})",
     R"({"token":{"status_429":1}})",
     {"token endpoint"},
     "‼",
     "the payer asks for quiet (429)",
     "ask again in a few minutes"},
    {"resources_unsubscribed",
     R"({"resources_unsubscribed":true})",
     "",
     {"products"},
     "‼",
     "subscribed to no product",
     "APPROVED"},
    {"subscription_propagating",
     R"({"subscription_propagating":true})",
     "",
     {"sign-in page"},
     "×",
     "it says null: the app has no active product subscription",
     "APPROVED"},
    {"skin_required",
     R"({"skin_required":true})",
     "",
     {"sign-in page"},
     "×",
     "it is blank",
     "set skin",
     without_skin()},
    {"discovery_missing",
     R"({"discovery_missing":true})",
     "",
     {"discovery"},
     "‼",
     "answers 404",
     "at Aetna is not the resource base"},
    {"discovery_foreign_host",
     R"({"discovery_foreign_host":true})",
     "",
     {"discovery"},
     "‼",
     "where the profile allows none",
     "allow_hosts"},
    {"discovery_missing_and_needed",
     R"({"discovery_missing":true})",
     "",
     {"discovery"},
     "×",
     "answers 404",
     "auth_root",
     that_discovers()},
    {"redirect_uris",
     R"({"redirect_uris":["https://elsewhere.example/callback"]})",
     "",
     {"sign-in page"},
     "×",
     "it answers 400",
     "the redirect URI that is registered"},
    {"client_secrets",
     R"({"client_secrets":["another"]})",
     "",
     {"token endpoint"},
     "×",
     "it refuses our client (401)",
     "client_secret_file"},
    {"client_refusal_invalid_client",
     R"({"client_refusal":"invalid_client"})",
     "",
     {"token endpoint"},
     "×",
     "it refuses our client (401)",
     "client_id",
     with_secret("wrong")},
    {"client_refusal_unauthorized_client",
     R"({"client_refusal":"unauthorized_client"})",
     "",
     {"token endpoint"},
     "×",
     "it refuses our client (401)",
     "client_id",
     with_secret("wrong")},
    {"clock_ahead", R"({"clock":"ahead"})", "", {"clock"}, "×", "s behind the payer's", "NTP"},
    {"clock_behind", R"({"clock":"behind"})", "", {"clock"}, "×", "s ahead of the payer's", "NTP"},
};

// What no question without a member's token or sign-in can show, and values that break it.
constexpr auto unseen_modes = R"({
  "coverage_param":"beneficiary","page_size":1,"bundle_total":false,"next_link":"other_prefix",
  "other_prefix_served":false,"foreign_next_host":true,"foreign_patient":true,"broken_entry":true,
  "fatal_outcome_entry":true,"not_a_bundle":true,"volatile_meta":true,"member_unknown":"*",
  "absolute_references":true,"padded_full_urls":true,"status_203_on_reads":true,
  "rate_headers_uneven":true,"refresh_grace":false,"scope_required_on_refresh":true,
  "no_refresh_token_in_answer":true,"no_expires_in":true,"numbers_as_strings":true,
  "access_token_lifetime_seconds":1,"refresh_token_lifetime_seconds":1,"state_returned":"base64",
  "code_lifetime_seconds":1,"granted_scope":"openid","patient_in_answer":false,
  "patient_of_other":true,"token_answer":"html"})";

std::string link_of(const ToldLink& told) {
  const std::string_view payer = "aetna-sandbox: ";
  const auto begin = told.text.starts_with(payer) ? payer.size() : 0;
  return told.text.substr(begin, told.text.find(": ", begin) - begin);
}

class DoctorOfAMode : public testing::TestWithParam<Broken> {};

TEST_P(DoctorOfAMode, NamesItsCauseAndNoOther) {
  const Broken& broken = GetParam();
  Fleet fleet(broken.options);
  fleet.start_sandbox();
  if (!broken.modes.empty()) {
    fleet.control("PATCH", "/v1/modes", broken.modes);
  }
  if (!broken.faults.empty()) {
    fleet.set_faults(broken.faults);
  }
  const Output told = fleet.cli({"doctor", "--payer", "aetna-sandbox"});
  EXPECT_EQ(told.status, broken.mark == "×" ? 1 : 0) << told.text << told.errors;
  std::set<std::string> left(broken.links.begin(), broken.links.end());
  for (const ToldLink& link : links_of(told)) {
    if (left.erase(link_of(link)) > 0) {
      EXPECT_EQ(link.mark, broken.mark) << told.text;
      EXPECT_THAT(link.text, HasSubstr(broken.what)) << told.text;
      EXPECT_THAT(link.fix, HasSubstr(broken.fix)) << told.text;
    } else if (!(broken.options.discovers && link_of(link) == "sign-in page")) {
      EXPECT_EQ(link.mark, "√") << told.text;
    }
  }
  EXPECT_TRUE(left.empty()) << *left.begin() << " was not looked at:\n" << told.text;
  EXPECT_EQ(without_fix(told), "");
}

INSTANTIATE_TEST_SUITE_P(Sandbox, DoctorOfAMode, testing::ValuesIn(broken_ones),
                         [](const auto& one) { return one.param.name; });

TEST(DoctorOfModes, WhatOnlyAMembersTokenShowsItSaysThatItDoesNotSee) {
  Fleet fleet;
  fleet.start_sandbox();
  fleet.control("PATCH", "/v1/modes", unseen_modes);
  const Output told = fleet.cli({"doctor", "--payer", "aetna-sandbox"});
  EXPECT_EQ(told.status, 0);
  for (const ToldLink& link : links_of(told)) {
    EXPECT_EQ(link.mark, "√") << told.text;
  }
  EXPECT_THAT(told.text, HasSubstr("shows with a member's alone"));
}

// Of the sandbox's modes none is forgotten: it stands in one of the two tables.
TEST(DoctorOfModes, EachModeIsTriedOrKnownNotToShow) {
  Fleet fleet;
  fleet.start_sandbox();
  std::set<std::string> tried;
  const auto take = [&tried](const std::string& modes) {
    const auto parsed = boost::json::parse(modes);
    for (const auto& [name, value] : parsed.as_object()) {
      tried.insert(name);
    }
  };
  take(unseen_modes);
  for (const Broken& broken : broken_ones) {
    take(broken.modes.empty() ? "{}" : broken.modes);
  }
  const auto all = boost::json::parse(fleet.control("GET", "/v1/modes"));
  ASSERT_GT(all.as_object().size(), 20U);
  for (const auto& [name, value] : all.as_object()) {
    EXPECT_TRUE(tried.contains(name)) << name << " is in neither table";
  }
}

// ---- a payer that is not reached

class DoctorOfTheWay : public testing::Test {
 protected:
  void begin(bool tls = false) {
    FleetOptions options;
    options.tls = tls;
    fleet = std::make_unique<Fleet>(std::move(options));
    fleet->start_sandbox();
  }
  // Every URL of the profile at that origin, and every link with that one cause.
  void every_link_tells(const std::string& origin, const std::string& what, const std::string& fix,
                        const std::vector<std::string>& words = {}) {
    const std::string key = "payer.aetna-sandbox.";
    const std::string root = origin + "/fhirdemo";
    std::vector<std::string> all = words;
    for (const auto& [name, path] :
         {std::pair{"auth_root", ""}, std::pair{"resource_base", "/v2/patientaccess"},
          std::pair{"token_url", "/v1/fhirserver_auth/oauth2/token"},
          std::pair{"authorize_url", "/v1/fhirserver_auth/oauth2/authorize"}}) {
      all.insert(all.end(), {"--set", key + name + "=" + root + path});
    }
    all.insert(all.end(), {"doctor", "--payer", "aetna-sandbox"});
    const Output told = fleet->cli(std::move(all));
    EXPECT_EQ(told.status, 1);
    std::set<std::string> left(all_links.begin(), all_links.end());
    for (const ToldLink& link : links_of(told)) {
      if (left.erase(link_of(link)) > 0) {
        EXPECT_EQ(link.mark, "×") << told.text;
        EXPECT_THAT(link.text, HasSubstr(what)) << told.text;
        EXPECT_THAT(link.fix, HasSubstr(fix)) << told.text;
      }
    }
    EXPECT_TRUE(left.empty()) << told.text << told.errors;
  }
  std::string port() const { return fleet->payer_url().substr(fleet->payer_url().rfind(':')); }

  std::unique_ptr<Fleet> fleet;
};

// RFC 6761 section 6.4: no name server knows it.
TEST_F(DoctorOfTheWay, AHostThatHasNoAddress) {
  begin();
  every_link_tells("https://payer.invalid", "the payer's host name is not found",
                   "correct the host in ");
}

TEST_F(DoctorOfTheWay, APortWhereNobodyListens) {
  begin();
  every_link_tells("http://127.0.0.1:" + std::to_string(free_port()), "the payer cannot be reached",
                   "firewall");
}

TEST_F(DoctorOfTheWay, ACertificateThatNobodyHereTrusts) {
  begin(true);
  every_link_tells(fleet->payer_url(), "the payer's certificate is not trusted here", "ca_file",
                   {"--set", "payer.aetna-sandbox.ca_file="});
}

TEST_F(DoctorOfTheWay, ACertificateOfAnotherHost) {
  begin(true);
  every_link_tells("https://localhost" + port(), "the payer's certificate is another host's",
                   "its name must stand in the certificate");
}

TEST_F(DoctorOfTheWay, APortThatSpeaksNoTls) {
  begin();
  every_link_tells("https://127.0.0.1" + port(), "there is no TLS with the payer",
                   "it must speak TLS");
}

}  // namespace
}  // namespace claimferry::integration
