#include "common/config/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::config {
namespace {

using testing::HasSubstr;

Config sound() {
  Config config;
  config.sink.path = "claims.db";
  config.vault.key_file = "keys";
  PayerConfig& payer = config.payers.emplace_back(*PayerName::parse("p"));
  payer.auth_root = "https://payer.example/fhir";
  payer.resource_base = "https://payer.example/fhir/v2";
  payer.token_url = "https://payer.example/fhir/token";
  payer.client_id = "id";
  payer.client_secret_file = "secret";
  return config;
}

void expect_problem(Config config, const std::string& text) {
  std::string all;
  for (const Problem& problem : complete_and_check(config)) {
    all += problem.str() + "\n";
  }
  EXPECT_THAT(all, HasSubstr(text));
}

TEST(Check, AcceptsWhatIsSound) {
  Config config = sound();
  EXPECT_TRUE(complete_and_check(config).empty());
}

TEST(Check, AcceptsAPostgresDatabase) {
  Config config = sound();
  config.sink.kind = "postgres";
  config.sink.path = "";
  config.sink.url = "postgresql://worker@db1,db2/claims?sslmode=verify-full";
  config.audit.path = "audit";
  EXPECT_TRUE(complete_and_check(config).empty());
}

TEST(Check, TakesADirectoryForSegmentsWhoseAuditStandsBesideIt) {
  Config config = sound();
  config.sink.kind = "ndjson";
  config.sink.path = "/data/lake/";
  EXPECT_TRUE(complete_and_check(config).empty());
  EXPECT_EQ(config.audit.path, "/data/audit");
}

TEST(Check, AllowsPlainHttpOnLoopbackOnly) {
  Config config = sound();
  config.payers[0].token_url = "http://127.0.0.1:8080/token";
  EXPECT_TRUE(complete_and_check(config).empty());
  config.payers[0].token_url = "http://10.0.0.1/token";
  expect_problem(config, "payer.p.token_url must begin with https://");
}

TEST(Check, RefusesSettingsThatContradictEachOther) {
  const std::pair<void (*)(Config&), std::string> table[] = {
      {[](Config& c) { c.queue.heartbeat = c.queue.lease / 2; }, "queue.heartbeat must be less"},
      {[](Config& c) { c.worker.shards = 33; }, "worker.slots must be at least worker.shards"},
      {[](Config& c) { c.sink.kind = "mysql"; }, "sink.kind must be"},
      {[](Config& c) { c.sink.url = "x"; }, "sink.url is for sinks on a server; sqlite takes"},
      {[](Config& c) { c.sink.kind = "ndjson", c.sink.url = "x"; }, "ndjson takes sink.path"},
      {[](Config& c) { c.sink.kind = "ndjson", c.sink.path = ""; }, "name the directory for"},
      {[](Config& c) { c.sink.kind = "ndjson", c.sink.fsync = "never"; }, "sink.fsync must be"},
      {[](Config& c) { c.sink.kind = "postgres"; }, "sink.path is for sqlite"},
      {[](Config& c) { c.sink.kind = "postgres", c.sink.path = ""; }, "sink.url is missing"},
      {[](Config& c) { c.sink.kind = "postgres", c.sink.url = "db"; }, "sink.url is no address"},
      {[](Config& c) { c.sink.kind = "postgres", c.sink.url = "postgres://u:pw@db/c"; },
       "sink.url holds a password"},
      {[](Config& c) { c.sink.kind = "postgres", c.sink.path = "", c.sink.url = "postgres:///c"; },
       "audit.path is missing"},
      {[](Config& c) { c.redis.ca_file = "x"; }, "redis.ca_file is for TLS"},
      {[](Config& c) { c.redis.url = "rediss://h", c.redis.cert_file = "x"; },
       "redis.key_file is missing beside redis.cert_file"},
      {[](Config& c) { c.redis.url = "rediss://h", c.redis.key_file = "x"; },
       "redis.cert_file is missing beside redis.key_file"},
      {[](Config& c) { c.redis.url = "redis://a,b/2"; }, "redis.url names several nodes and a"},
      {[](Config& c) { c.redis.sentinel_master = "m"; },
       "redis.sentinel_master needs redis.sentinels"},
      {[](Config& c) { c.redis.sentinels = {"a:1"}; }, "redis.sentinel_master is missing"},
      {[](Config& c) { c.redis.sentinels = {"redis://a"}, c.redis.sentinel_master = "m"; },
       "redis.sentinels each is host:port"},
      {[](Config& c) {
         c.redis.sentinels = {"a"}, c.redis.sentinel_master = "m", c.redis.url = "redis://b:1";
       },
       "redis.url names a host beside redis.sentinels"},
      {[](Config& c) { c.payers.clear(); }, "no payer is configured"},
      {[](Config& c) { c.payers[0].coverage_param = "x"; }, "coverage_param must be"},
      {[](Config& c) { c.payers[0].token_url = "payer.example"; }, "token_url is no URL"},
      {[](Config& c) { c.payers[0].allow_path_prefixes = {"fhir"}; }, "allow_path_prefixes each"},
      {[](Config& c) { c.payers[0].next_rewrite = {{"a", "/b/"}}; }, "next_rewrite both paths"},
      {[](Config& c) { c.payers[0].allow_hosts = {"https://x"}; }, "allow_hosts each is a host"},
      {[](Config& c) { c.payers[0].volatile_pointers = {"meta"}; }, "volatile_pointers each"},
      {[](Config& c) { c.payers[0].allow_path_prefixes = {"/a b/"}; }, "allow_path_prefixes each"},
      {[](Config& c) { c.payers[0].next_rewrite = {{"/a/", "/b?/"}}; }, "next_rewrite both paths"},
      {[](Config& c) { c.payers[0].allow_hosts = {"x/fhir"}; }, "allow_hosts each is a host"},
      {[](Config& c) { c.payers[0].resource_base += "?a=b"; }, "resource_base must have no query"},
      {[](Config& c) { c.payers[0].quota_burst = 5; }, "quota.burst needs quota.rate"},
      {[](Config& c) { c.payers[0].quota_burst = 0.5; }, "quota.burst must be at least 1"},
      {[](Config& c) { c.payers[0].quota_rate = 5, c.payers[0].quota_ceiling = 4; },
       "quota.ceiling must not be below"},
      {[](Config& c) { c.payers[0].quota_floor = 5, c.payers[0].quota_ceiling = 4; },
       "quota.ceiling must not be below"},
      {[](Config& c) { c.payers[0].quota_rate = 5, c.payers[0].quota_floor = 6; },
       "quota.floor must not be above"},
  };
  for (const auto& [spoil, text] : table) {
    Config config = sound();
    spoil(config);
    expect_problem(config, text);
  }
}

TEST(Check, TakesARedisBehindSentinelsAndOverTls) {
  Config config = sound();
  config.redis.sentinels = {"a", "b:26380", "[::1]:26381"};
  config.redis.sentinel_master = "claimferry";
  config.redis.sentinel_password_file = "x";
  EXPECT_TRUE(complete_and_check(config).empty());
  EXPECT_EQ(config.redis.url, "redis:///0");
  config.redis.url = "rediss:///1";
  config.redis.ca_file = "ca.pem";
  config.redis.cert_file = "c.pem";
  config.redis.key_file = "c.key";
  EXPECT_TRUE(complete_and_check(config).empty());
}

TEST(Check, RefusesWhatNoUrlHoldsInEveryKeyThatTakesOne) {
  const std::pair<void (*)(PayerConfig&, std::string), std::string> keys[] = {
      {[](PayerConfig& p, std::string url) { p.auth_root = std::move(url); }, "auth_root"},
      {[](PayerConfig& p, std::string url) { p.aud = std::move(url); }, "aud"},
      {[](PayerConfig& p, std::string url) { p.resource_base = std::move(url); }, "resource_base"},
      {[](PayerConfig& p, std::string url) { p.authorize_url = std::move(url); }, "authorize_url"},
      {[](PayerConfig& p, std::string url) { p.token_url = std::move(url); }, "token_url"},
  };
  for (const auto& [set, name] : keys) {
    for (const auto* url :
         {"https://payer.example/{tenant}/fhir", "https://payer.example/a|b",
          "https://payer.example/a b", "https://payer.example/%zz", "https://payer.example/[1]",
          "https://payer.example/\xC3\xA9", "https://me@payer.example/", "payer.example/fhir",
          "https://payer.example/#top"}) {
      Config config = sound();
      set(config.payers[0], url);
      expect_problem(config, "payer.p." + name + " is no URL");
    }
  }
}

TEST(Check, WantsANumericAddressForTheAdminPort) {
  for (const auto* good : {"127.0.0.1:0", "0.0.0.0:9464", "[::1]:65535"}) {
    Config config = sound();
    config.telemetry.admin_listen = good;
    EXPECT_TRUE(complete_and_check(config).empty()) << good;
  }
  for (const auto* bad : {"localhost:9464", "9464", "127.0.0.1", "127.0.0.1:65536", ""}) {
    Config config = sound();
    config.telemetry.admin_listen = bad;
    expect_problem(config, "telemetry.admin_listen must be a numeric address and a port, such as");
  }
}

TEST(Check, BoundsTheNumberOfPayers) {
  Config config = sound();
  const PayerConfig one = config.payers[0];
  config.payers.assign(limits::payers_max, one);
  EXPECT_TRUE(complete_and_check(config).empty());
  config.payers.push_back(one);
  expect_problem(config, "17 payers are configured; 16 are the most");
}

}  // namespace
}  // namespace claimferry::config
