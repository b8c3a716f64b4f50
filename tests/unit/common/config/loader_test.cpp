#include "common/config/loader.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"

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
  EXPECT_EQ(config.audit.path, "audit");  // beside claims.db
  EXPECT_EQ(config.audit.keep, std::chrono::days(2191));
  ASSERT_EQ(config.payers.size(), 1U);
  EXPECT_EQ(config.payers[0].aud, "https://payer.example/fhir");
  EXPECT_EQ(config.payers[0].resource_base, "https://payer.example/fhir/v2/patientaccess");
  EXPECT_EQ(config.payers[0].allow_path_prefixes,
            std::vector<std::string>{"/fhir/v2/patientaccess/"});
  EXPECT_EQ(config.payer(*PayerName::parse("aetna-sandbox")), &config.payers[0]);
  EXPECT_EQ(config.payer(*PayerName::parse("other")), nullptr);
}

TEST(Loader, KeepsTheAuditBesideTheSinkUnlessItIsToldWhere) {
  const auto with = [](const std::string& key, const std::string& value) {
    return load({good, "f.toml", {}, {{key, value}}});
  };
  EXPECT_EQ(with("sink.path", "/data/claims.db").config.audit.path, "/data/audit");
  EXPECT_EQ(with("audit.path", "/safe/audit").config.audit.path, "/safe/audit");
  EXPECT_EQ(with("audit.keep", "365d").config.audit.keep, std::chrono::days(365));
  for (const char* keep : {"0d", "23h", "36h", "-1d", "some"}) {
    EXPECT_THAT(problems_of(with("audit.keep", keep)), Contains(HasSubstr("whole days"))) << keep;
  }
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
      "f.toml:14:1: telemetry.log_level must be debug, info",
      "environment CLAIMFERRY_WORKER__SLOT: names no key; did you mean CLAIMFERRY_WORKER__SLOTS?",
      "--set nope: nope is no key",
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

TEST(Loader, ABadNameOfAPayerIsOneMistakeAndNotOnePerKey) {
  const auto problems = problems_of(load(
      {good + "[payer.\"b c\"]\nresource_base = \"x\"\nclient_id = \"y\"\n", "f.toml", {}, {}}));
  ASSERT_EQ(problems.size(), 1U) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], HasSubstr("payer.b c is no name for a payer"));
}

TEST(Loader, AFolderIsNoEmptyConfiguration) {
  Loaded loaded = load_from_process(testing::TempDir());
  EXPECT_THAT(problems_of(loaded), Contains(HasSubstr("cannot be read (Is a directory)")));
}

TEST(Loader, SaysWhereTheTomlBreaksAndNothingThatIsNotKnown) {
  const std::string broken = good + "[worker]\nslots = = 3\n";
  const Loaded loaded = load({broken,
                              "f.toml",
                              {{"CLAIMFERRY_PAYER__AETNA_SANDBOX__CLIENT_ID", "other"}},
                              {{"payer.aetna-sandbox.client_id", "other"}}});
  const auto problems = problems_of(loaded);
  ASSERT_EQ(problems.size(), 1U) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], HasSubstr("f.toml:12:"));
  EXPECT_THAT(problems[0], HasSubstr("is not TOML"));
}

TEST(Loader, ReportsWhatIsWrongBesideABrokenFile) {
  const auto problems = problems_of(load({"[worker]\nslots = = 3\n",
                                          "f.toml",
                                          {{"CLAIMFERRY_WORKER__SLOTS", "many"}},
                                          {{"worker.shard", "1"}}}));
  ASSERT_EQ(problems.size(), 3U) << testing::PrintToString(problems);
  EXPECT_THAT(problems, Contains(HasSubstr("CLAIMFERRY_WORKER__SLOTS: worker.slots has a value")));
  EXPECT_THAT(problems, Contains(HasSubstr("--set worker.shard: worker.shard is no key")));
}

TEST(Loader, TakesEachBoundAndNothingBeyond) {
  const std::tuple<std::string, std::uint64_t, std::string> table[] = {
      {"worker.shards", limits::shards_max, "from 1 to 64"},
      {"worker.slots", limits::slots_max, "from 1 to 10000"},
      {"worker.requests_in_flight_max", limits::slots_max, "from 1 to 10000"},
  };
  for (const auto& [key, most, words] : table) {
    // Room for what these must not be below.
    Sources sources{good, "f", {}, {{"worker.slots", "10000"}}};
    sources.flags.emplace_back("worker.requests_in_flight_max", "10000");
    sources.flags.emplace_back(key, std::to_string(most));
    EXPECT_TRUE(load(sources).problems.empty()) << key;
    for (const std::string& beyond : {std::to_string(most + 1), std::string("0")}) {
      sources.flags.back().second = beyond;
      EXPECT_THAT(
          problems_of(load(sources)),
          Contains(HasSubstr("--set " + key + ": " + key + " has a value that does not fit; " +
                             "write a whole number " + words)));
    }
  }
}

// limits::segment_bytes_least, segment_bytes_max, segment_age_least, segment_age_max
TEST(Loader, TakesSegmentsWithinTheirBounds) {
  const std::tuple<std::string, std::vector<std::string>, std::vector<std::string>> table[] = {
      {"sink.segment_bytes", {"64KiB", "1GiB"}, {"65535", "1025MiB"}},
      {"sink.segment_age", {"1s", "24h"}, {"999ms", "25h"}},
  };
  for (const auto& [key, within, beyond] : table) {
    for (const std::string& value : within) {
      EXPECT_TRUE(load({good, "f", {}, {{key, value}}}).problems.empty()) << key << value;
    }
    for (const std::string& value : beyond) {
      EXPECT_THAT(problems_of(load({good, "f", {}, {{key, value}}})),
                  Contains(HasSubstr(key + " has a value that does not fit")));
    }
  }
}

TEST(Loader, KnowsEveryKeyThatOthersRelyOn) {
  Sources sources{good, "f", {}, {}};
  const std::pair<std::string, std::vector<std::string>> sections[] = {
      {"redis",
       {"url", "username", "password_file", "ca_file", "cert_file", "key_file", "sentinels",
        "sentinel_master", "sentinel_username", "sentinel_password_file"}},
      {"queue", {"lease", "heartbeat"}},
      {"worker",
       {"shards", "slots", "requests_in_flight_max", "body_bytes_in_flight_max", "drain"}},
      {"scheduler", {"interval", "jitter", "lookback", "sweep_interval", "queue_ahead_max"}},
      {"retention", {"dormant_after", "dormant_notice", "erase_after_withdrawal"}},
      {"sink", {"kind", "path", "segment_bytes", "segment_age", "fsync", "url"}},
      {"vault", {"key_file"}},
      {"telemetry", {"admin_listen", "log_level"}},
      {"payer.aetna-sandbox",
       {"auth_root",
        "aud",
        "resource_base",
        "authorize_url",
        "token_url",
        "client_id",
        "client_secret_file",
        "scopes",
        "skin",
        "allow_hosts",
        "allow_path_prefixes",
        "next_rewrite",
        "coverage_param",
        "basic_auth_raw",
        "send_scope_on_refresh",
        "jobs_running_max",
        "quota.rate",
        "quota.burst",
        "quota.floor",
        "quota.ceiling",
        "quota.backfill_share",
        "invalid_grant_surge"}}};
  const std::string shown = show(load(sources).config);
  for (const auto& [section, keys] : sections) {
    const auto begin = shown.find("[" + section + "]");
    ASSERT_NE(begin, std::string::npos) << section;
    const std::string text = shown.substr(begin, shown.find("\n[", begin) - begin);
    for (const std::string& key : keys) {
      EXPECT_THAT(text, HasSubstr("\n" + key + " = ")) << section;
    }
  }
}

TEST(Loader, RefusesAQuotaThatIsNoNumberOfRequests) {
  for (const auto* key : {"quota.rate", "quota.burst", "quota.floor", "quota.ceiling"}) {
    for (const auto* value : {"-1", "nan", "fast", "1e9"}) {
      const std::string name = "payer.aetna-sandbox." + std::string(key);
      EXPECT_THAT(problems_of(load({good, "f", {}, {{name, value}}})),
                  Contains(HasSubstr(name + " has a value that does not fit; write a number of")));
    }
  }
}

TEST(Loader, FindsVariablesThatWereMeantToBeKeys) {
  const std::pair<std::string, std::string> table[] = {
      {"CLAIMFERRY_WORKER_SLOTS", "did you mean CLAIMFERRY_WORKER__SLOTS?"},
      {"CLAIMFERRY_WORKER__SLOT", "did you mean CLAIMFERRY_WORKER__SLOTS?"},
      {"CLAIMFERRY_TELEMETRY_ADMIN_LISTEN", "did you mean CLAIMFERRY_TELEMETRY__ADMIN_LISTEN?"},
      {"CLAIMFERRY_PAYER_AETNA_SANDBOX_CLIENT_ID",
       "did you mean CLAIMFERRY_PAYER__AETNA_SANDBOX__CLIENT_ID?"},
      {"CLAIMFERRY_QUITE_SOMETHING_ELSE", "names no key; unset it"},
  };
  for (const auto& [variable, text] : table) {
    EXPECT_THAT(problems_of(load({good, "f", {{variable, "5"}}, {}})),
                testing::ElementsAre(HasSubstr("environment " + variable + ": names no key")))
        << variable;
    EXPECT_THAT(problems_of(load({good, "f", {{variable, "5"}}, {}})), Contains(HasSubstr(text)));
  }
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
    // Scheduler and workers read one file: a fixed port would be taken by the first.
    EXPECT_TRUE(loaded.config.telemetry.admin_listen.ends_with(":0")) << name;
  }
}

}  // namespace
}  // namespace claimferry::config
