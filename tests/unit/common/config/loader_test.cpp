#include "common/config/loader.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace claimferry::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

const std::string good = R"([sink]
path = "claims.db"
[vault]
key_file = "keys"
[payer.aetna-sandbox]
auth_root = "https://payer.example/fhir"
resource_base = "https://payer.example/fhir/v2/patientaccess/"
token_url = "https://payer.example/fhir/token"
client_id = "id"
client_secret_file = "secret"
)";

std::vector<std::string> problems_of(const Loaded& loaded) {
  std::vector<std::string> texts;
  for (const Problem& problem : loaded.problems) {
    texts.push_back(problem.str());
  }
  return texts;
}

TEST(Loader, FillsDefaults) {
  const Loaded loaded = load({good, "f.toml", {}, {}});
  EXPECT_TRUE(loaded.problems.empty()) << testing::PrintToString(problems_of(loaded));
  const Config& config = loaded.config;
  EXPECT_EQ(config.queue.lease, 30s);
  EXPECT_EQ(config.worker.slots, 32U);
  ASSERT_EQ(config.payers.size(), 1U);
  EXPECT_EQ(config.payers[0].aud, "https://payer.example/fhir");
  EXPECT_EQ(config.payers[0].resource_base, "https://payer.example/fhir/v2/patientaccess");
  EXPECT_EQ(config.payers[0].allow_path_prefixes,
            std::vector<std::string>{"/fhir/v2/patientaccess/"});
  EXPECT_EQ(config.payer(*PayerName::parse("aetna-sandbox")), &config.payers[0]);
  EXPECT_EQ(config.payer(*PayerName::parse("other")), nullptr);
}

TEST(Loader, PutsTheEnvironmentOverTheFileAndFlagsOverBoth) {
  const std::string toml = good + "quota.rate = 2.5\n[worker]\nslots = 3\nshards = 2\n";
  const Loaded loaded = load({toml,
                              "f.toml",
                              {{"CLAIMFERRY_WORKER__SLOTS", "5"},
                               {"CLAIMFERRY_PAYER__AETNA_SANDBOX__CLIENT_ID", "other"},
                               {"CLAIMFERRY_PAYER__AETNA_SANDBOX__QUOTA__BURST", "7"},
                               {"CLAIMFERRY_CONFIG", "x"},
                               {"CLAIMFERRY_REDIS_PORT", "tcp://10.0.0.1:6379"},
                               {"PATH", "/bin"}},
                              {{"worker.shards", "1"}}});
  EXPECT_TRUE(loaded.problems.empty()) << testing::PrintToString(problems_of(loaded));
  EXPECT_EQ(loaded.config.worker.slots, 5U);
  EXPECT_EQ(loaded.config.worker.shards, 1U);
  EXPECT_EQ(loaded.config.payers[0].client_id, "other");
  EXPECT_EQ(loaded.config.payers[0].quota_rate, 2.5);
  EXPECT_EQ(loaded.config.payers[0].quota_burst, 7);
}

TEST(Loader, ReportsEveryMistakeAtOnceWithPlaceAndFix) {
  const std::string toml = R"([worker]
slotz = 3
shards = 100
[queue]
lease = 30
[redis]
url = "http://x"
[payer.a]
resource_base = "http://payer.example/fhir"
coverage_params = "patient"
next_rewrite = { "/a/" = 1 }
[payer."b c"]
[telemetry]
log_level = "loud"
)";
  const Loaded loaded = load({toml, "f.toml", {{"CLAIMFERRY_WORKER__SLOT", "5"}}, {{"nope", "1"}}});
  const auto problems = problems_of(loaded);
  const std::string_view expected[] = {
      "f.toml:2:1: worker.slotz is no key; did you mean worker.slots?",
      "f.toml:3:1: worker.shards has a value that does not fit; write a whole number from 1 to 64",
      "f.toml:5:1: queue.lease has a value that does not fit; write a time such as \"30s\"",
      "f.toml:7:1: redis.url",
      "payer.a.coverage_params is no key; did you mean payer.a.coverage_param?",
      "payer.a.next_rewrite has a value of a kind that no key takes; write a table",
      "payer.b c is no name for a payer",
      "f.toml:14:1: telemetry.log_level write debug, info",
      "environment CLAIMFERRY_WORKER__SLOT: names no key; did you mean CLAIMFERRY_WORKER__SLOTS?",
      "flag --nope: nope is no key",
      "f.toml:9:1: payer.a.resource_base must begin with https://",
      "payer.a.token_url is missing",
      "payer.a.client_id is missing",
      "vault.key_file is missing",
      "sink.path is missing",
  };
  for (const auto text : expected) {
    EXPECT_THAT(problems, Contains(HasSubstr(std::string(text))));
  }
}

TEST(Loader, SaysWhereTheTomlBreaks) {
  const Loaded loaded = load({"[worker]\nslots = = 3\n", "f.toml", {}, {}});
  EXPECT_THAT(problems_of(loaded), Contains(HasSubstr("f.toml:2:")));
}

TEST(Loader, NeverRepeatsAValue) {
  const Loaded loaded = load(
      {"[worker]\nslots = \"hunter2\"\n[redis]\nurl = \"redis://u:hunter2@h\"\n", "f", {}, {}});
  EXPECT_FALSE(loaded.problems.empty());
  for (const std::string& problem : problems_of(loaded)) {
    EXPECT_THAT(problem, testing::Not(HasSubstr("hunter2")));
  }
}

TEST(Loader, ShowsWhatItWouldReadAgain) {
  const Loaded first = load({good, "f", {}, {}});
  const std::string shown = show(first.config);
  const Loaded second = load({shown, "shown", {}, {}});
  EXPECT_TRUE(second.problems.empty()) << testing::PrintToString(problems_of(second)) << shown;
  EXPECT_EQ(show(second.config), shown);
}

TEST(Loader, AcceptsTheSampleFiles) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  if (source == nullptr) {
    GTEST_SKIP() << "CLAIMFERRY_SOURCE is not set";
  }
  for (const auto* name : {"aetna.toml", "aetna-sandbox.toml"}) {
    std::ifstream file(std::string(source) + "/deploy/config/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    ASSERT_TRUE(file) << name;
    const Loaded loaded = load({text.str(), name, {}, {}});
    EXPECT_TRUE(loaded.problems.empty()) << testing::PrintToString(problems_of(loaded));
    EXPECT_EQ(loaded.config.payers.size(), 1U);
  }
}

}  // namespace
}  // namespace claimferry::config
