// The life of a key-encryption key: replaced beside workers at work, then taken out of the file; a
// rotation that is killed in the middle and begun again; and who may do it.
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 6;
constexpr unsigned eobs = 30;

// base64 of 32 bytes each.
const std::string old_key = "old:" + std::string(42, 'A') + "A=";
const std::string new_key = "new:" + std::string(42, 'B') + "A=";

void write_keys(const Fleet& fleet, const std::string& lines) {
  write_file(fleet.directory() / "keys", lines + "\n");
}
const std::string only_old = old_key;
const std::string new_is_active = old_key + "\n*" + new_key;
const std::string old_is_active = "*" + old_key + "\n" + new_key;
const std::string only_new = new_key;

std::vector<std::string> ids_of(Fleet& fleet) {
  std::vector<std::string> ids;
  std::istringstream lines(fleet.cli({"member", "list"}).text);
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(line);
  }
  return ids;
}

// Everyone's claims once more, with fresh tokens: each stored one must open.
void pull_again(Fleet& fleet) {
  for (const std::string& id : ids_of(fleet)) {
    ASSERT_EQ(fleet.cli({"backfill", "add", id}).status, 0);
  }
}

void restart_worker(Fleet& fleet) {
  ASSERT_EQ(fleet.stop("worker", SIGTERM), 0);
  fleet.start_worker("worker");
}

TEST(Keys, AnOldKeyIsReplacedBesideAWorkerAndThenTakenOut) {
  Fleet fleet;
  fleet.start_all_but_workers();
  write_keys(fleet, only_old);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  write_keys(fleet, new_is_active);
  restart_worker(fleet);
  EXPECT_EQ(fleet.cli({"keys", "status", "-o", "json"}).text,
            R"({"active":"new","members":6,"without_data_key":0,"keys":[)"
            R"({"key":"old","members":6,"standing":"needed"},)"
            R"({"key":"new","members":0,"standing":"active"}]})"
            "\n");

  fleet.set_faults(R"({"latency_ms":{"min":20,"max":40},"expire_access_tokens":0.3})");
  pull_again(fleet);
  ASSERT_TRUE(eventually(20s, [&] { return !fleet.jobs("running").empty(); })) << fleet.logs();
  const Output rotated = fleet.cli({"keys", "rotate"});
  EXPECT_EQ(rotated.status, 0) << rotated.errors;
  EXPECT_THAT(rotated.text, HasSubstr("rewrapped          6\n"));
  EXPECT_THAT(fleet.cli({"keys", "status"}).text,
              HasSubstr("old                  0  may go    not needed here; backups"));

  write_keys(fleet, only_new);
  restart_worker(fleet);
  ASSERT_TRUE(fleet.wait_for_jobs("done", 2 * members)) << fleet.logs();
  pull_again(fleet);
  ASSERT_TRUE(fleet.wait_for_jobs("done", 3 * members)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.violation("refresh_reused"), 0);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
}

// A worker that was not given the new key loses no consent by it: its work waits for the key, and
// goes on when it comes.
TEST(Keys, AWorkerWithoutTheNewKeyWaitsForIt) {
  Fleet fleet;
  fleet.start_all_but_workers();
  write_keys(fleet, only_old);
  fleet.start_worker("worker");
  const auto elsewhere = fleet.directory() / "new_keys";
  write_file(elsewhere, only_new + "\n");
  fleet.add_members(1, eobs, {"--set", "vault.key_file=" + elsewhere.string()});
  ASSERT_TRUE(fleet.wait_for_jobs("delayed", 1)) << fleet.logs();
  EXPECT_EQ(fleet.jobs("delayed").at(0)["code"], "vault_open_failed");
  EXPECT_EQ(fleet.jobs("delayed").at(0)["attempts"], "");
  const std::string id = ids_of(fleet).at(0);
  EXPECT_EQ(fleet.redis({"HGET", "cf:{0}:member:" + id, "state"}), "active\n");
  write_keys(fleet, new_is_active);
  EXPECT_TRUE(fleet.wait_until_synced(1, 90s)) << fleet.logs();
}

TEST(Keys, AMemberWhoseKeyDoesNotOpenIsCountedAndLeftAlone) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  write_keys(fleet, only_old);
  fleet.add_members(2, 0);
  write_keys(fleet, only_new);
  const Output rotated = fleet.cli({"keys", "rotate", "-o", "json"});
  EXPECT_EQ(rotated.status, 1);
  EXPECT_THAT(rotated.text, HasSubstr(R"("rewrapped":0,"already":0,"changing":0,"closed":2,)"));
  EXPECT_THAT(rotated.text, HasSubstr("wrapped with key old, which vault.key_file does not hold"));
  EXPECT_THAT(fleet.cli({"keys", "status"}).text, HasSubstr("old                  2  missing"));
  write_keys(fleet, new_is_active);
  EXPECT_EQ(fleet.cli({"keys", "rotate"}).status, 0);
}

// ---- killed in the middle

constexpr long many = 3'000;

std::string made_up_members() {
  std::string lines;
  for (long number = 0; number < many; ++number) {
    const std::string id = std::to_string(number);
    lines += R"({"member":"R)" + id + R"(","patient":"p)" + id + R"(","refresh_token":"t)" + id +
             "\"}\n";
  }
  return lines;
}

// Whose data keys the new key wraps: version, length of the id, and its first letter, in base64.
long under_the_new_key(Fleet& fleet) {
  const std::string count =
      "local n = 0 for _, key in ipairs(redis.call('KEYS', 'cf-tok:{0}:*')) do "
      "if string.sub(redis.call('HGET', key, 'data_key'), 1, 4) == 'AgNu' then n = n + 1 end "
      "end return n";
  return std::strtol(fleet.redis({"EVAL", count, "0"}).c_str(), nullptr, 10);
}

// Where it was done before the signal came, all is turned back, for another try.
bool rotate_and_kill(Fleet& fleet) {
  write_keys(fleet, new_is_active);
  Streams streams;
  streams.out = fleet.directory() / "rotate.log";
  Process rotate(
      "rotate", {binary("claimferry"), "--config", fleet.config_file(), "keys", "rotate"}, streams);
  eventually(20s, [&] { return !rotate.running() || under_the_new_key(fleet) > 0; }, 1ms);
  rotate.signal(SIGKILL);
  rotate.wait(20s);
  const long done = under_the_new_key(fleet);
  if (done > 0 && done < many) {
    return true;
  }
  write_keys(fleet, old_is_active);
  fleet.cli({"keys", "rotate"});
  return false;
}

TEST(Keys, ARotationThatWasKilledIsBegunAgainAndGoesOn) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  write_keys(fleet, only_old);
  const Output added =
      fleet.cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"}, made_up_members());
  ASSERT_EQ(added.status, 0) << added.errors;
  ASSERT_TRUE(eventually(60s, [&] { return rotate_and_kill(fleet); }));
  const long done = under_the_new_key(fleet);
  const Output rest = fleet.cli({"keys", "rotate", "-o", "json"});
  EXPECT_EQ(rest.status, 0) << rest.errors;
  EXPECT_THAT(rest.text, HasSubstr("\"rewrapped\":" + std::to_string(many - done) + ","));
  EXPECT_EQ(under_the_new_key(fleet), many);
  write_keys(fleet, only_new);
  const Output nothing_left = fleet.cli({"keys", "rotate"});
  EXPECT_EQ(nothing_left.status, 0) << nothing_left.text;
  EXPECT_THAT(nothing_left.text, HasSubstr("do not open        0\n"));
}

// ---- who may

// As deploy/redis/users.acl has it, with a password.
void let_in(Fleet& fleet, const std::string& user) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  ASSERT_NE(source, nullptr);
  std::istringstream lines(
      read_file(std::filesystem::path(source) / "deploy" / "redis" / "users.acl"));
  std::vector<std::string> words{"ACL", "SETUSER", user, "on", ">secret"};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream rules(line);
    std::string verb;
    std::string name;
    std::string off;
    rules >> verb >> name >> off;
    for (std::string rule; name == user && rules >> rule;) {
      words.push_back(rule);
    }
  }
  ASSERT_GT(words.size(), 10U);
  ASSERT_EQ(fleet.redis(words), "OK\n");
}

TEST(Keys, AreTheWorkersBusinessAndNobodyElses) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  write_keys(fleet, only_old);
  fleet.add_members(2, 0);
  write_keys(fleet, new_is_active);
  write_file(fleet.directory() / "password", "secret\n");
  const auto as = [&](const std::string& user, std::vector<std::string> words) {
    let_in(fleet, user);
    const std::string file = (fleet.directory() / "password").string();
    words.insert(words.begin(),
                 {"--set", "redis.username=" + user, "--set", "redis.password_file=" + file});
    return fleet.cli(std::move(words));
  };
  for (const char* user : {"claimferry-operator", "claimferry-scheduler"}) {
    for (const char* verb : {"status", "rotate"}) {
      const Output refused = as(user, {"keys", verb});
      EXPECT_EQ(refused.status, 4) << user << verb;
      EXPECT_THAT(refused.errors, HasSubstr("redis.username must be the worker's"));
    }
  }
  EXPECT_EQ(under_the_new_key(fleet), 0);
  const Output rotated = as("claimferry-worker", {"keys", "rotate"});
  EXPECT_EQ(rotated.status, 0) << rotated.errors;
  EXPECT_EQ(under_the_new_key(fleet), 2);
}

}  // namespace
}  // namespace claimferry::integration
