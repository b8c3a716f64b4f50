#include "common/config/check.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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
      {[](Config& c) { c.sink.url = "x"; }, "sink.url is for sinks on a server"},
      {[](Config& c) { c.redis.ca_file = "x"; }, "redis.ca_file"},
      {[](Config& c) { c.payers.clear(); }, "no payer is configured"},
      {[](Config& c) { c.payers[0].coverage_param = "x"; }, "coverage_param must be"},
      {[](Config& c) { c.payers[0].token_url = "payer.example"; }, "token_url is no URL"},
      {[](Config& c) { c.payers[0].allow_path_prefixes = {"fhir"}; }, "allow_path_prefixes each"},
      {[](Config& c) { c.payers[0].next_rewrite = {{"a", "/b/"}}; }, "next_rewrite both paths"},
      {[](Config& c) { c.payers[0].allow_hosts = {"https://x"}; }, "allow_hosts each is a host"},
      {[](Config& c) { c.payers[0].volatile_pointers = {"meta"}; }, "volatile_pointers each"},
  };
  for (const auto& [spoil, text] : table) {
    Config config = sound();
    spoil(config);
    expect_problem(config, text);
  }
}

TEST(Check, LooksAtTheFilesThatAreNamed) {
  std::string directory = testing::TempDir() + "claimferry-config-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  Config config = sound();
  config.vault.key_file = directory + "/keys";
  config.payers[0].client_secret_file = directory + "/none";
  std::ofstream(config.vault.key_file) << "k\n";
  chmod(config.vault.key_file.c_str(), 0644);
  const auto problems = check_files(config);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(problems[0].str(), HasSubstr("vault.key_file may be read by others; chmod 600"));
  EXPECT_THAT(problems[1].str(), HasSubstr("client_secret_file No such file"));
  std::filesystem::remove_all(directory);
}

TEST(Check, ReadsTheFirstLineOfASecretFile) {
  const std::string path = testing::TempDir() + "claimferry-secret-" + std::to_string(getpid());
  std::ofstream(path) << "s3cret\r\nmore\n";
  auto secret = read_secret_file(path);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "s3cret");
  std::ofstream(path) << "\n";
  EXPECT_FALSE(read_secret_file(path));
  std::filesystem::remove(path);
  EXPECT_FALSE(read_secret_file(path));
}

}  // namespace
}  // namespace claimferry::config
