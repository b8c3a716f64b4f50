// Keys and secrets that change on disk as Kubernetes changes them, beside programs at work: no
// restart, no job lost, and what cannot be used leaves what was there.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/integration/exposition.hpp"
#include "tests/integration/fleet.hpp"
#include "tests/integration/mounted.hpp"
#include "tests/integration/redis_servers.hpp"

namespace claimferry::integration {
namespace {

constexpr unsigned members = 3;
constexpr unsigned eobs = 20;
const std::string old_key = "old:" + std::string(42, 'A') + "A=";
const std::string new_key = "new:" + std::string(42, 'B') + "A=";

constexpr auto ok = R"(claimferry_config_reloads_total{outcome="ok"})";
constexpr auto failing = "claimferry_config_reload_failing";

double value_of(Fleet& fleet, const std::string& program, const std::string& series) {
  return Exposition::parse(fleet.metrics(program)).values.at(series);
}

class Reload : public testing::Test {
 protected:
  double value(const std::string& program, const std::string& series) {
    return value_of(fleet, program, series);
  }
  bool wait_for(const std::string& program, const std::string& series, double at_least) {
    return eventually(20s, [&] { return value(program, series) >= at_least; });
  }
  void pull_again(long done) {
    fleet.control("POST", "/v1/tokens/expire", "{}");
    for (unsigned number = 1; number <= members; ++number) {
      EXPECT_EQ(fleet.cli({"backfill", "add", "M00000" + std::to_string(number)}).status, 0);
    }
    EXPECT_TRUE(fleet.wait_for_jobs("done", done)) << fleet.logs();
  }

  Fleet fleet;
};

TEST_F(Reload, AWorkerTakesNewKeysAndSecretsAsTheyComeAndKeepsTheOldWhereTheyAreBroken) {
  fleet.start_all_but_workers();
  write_file(fleet.directory() / "keys", old_key + "\n");
  Mounted mounted(fleet.directory(), {"keys", "our_client_secret"});
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("done", members)) << fleet.logs();

  // The payer takes the new secret alone, and new members are sealed under the new key.
  fleet.control("PATCH", "/v1/modes", R"({"client_secrets":["the-new-one"]})");
  mounted.swap(
      {{"keys", old_key + "\n*" + new_key + "\n"}, {"our_client_secret", "the-new-one\n"}});
  ASSERT_TRUE(wait_for("worker", ok, 2)) << fleet.process("worker").log_text();
  pull_again(2L * members);
  const char* const older = R"(claimferry_data_keys_opened_total{key="older"})";
  const double under_old = value("worker", older);
  EXPECT_GE(under_old, members) << "they are under the old key, which is active no longer";
  ASSERT_EQ(fleet.cli({"keys", "rotate"}).status, 0);
  pull_again(3L * members);
  EXPECT_EQ(value("worker", older), under_old);

  mounted.swap({{"keys", "not a key\n"}, {"our_client_secret", "\n"}});
  ASSERT_TRUE(wait_for("worker", failing, 2)) << fleet.process("worker").log_text();
  pull_again(4L * members);
  mounted.swap({{"keys", new_key + "\n"}, {"our_client_secret", "the-new-one\n"}});
  ASSERT_TRUE(eventually(20s, [&] { return value("worker", failing) == 0; }));
  pull_again(5L * members);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
  EXPECT_EQ(fleet.verdict(), "");
  const std::string log = fleet.process("worker").log_text();
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("the-new-one")));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr(std::string(42, 'B'))));
}

TEST_F(Reload, AWorkerThatWaitsForRedisBeginsWithTheKeysOfThatTime) {
  fleet.start_redis();
  fleet.start_sandbox();
  write_file(fleet.directory() / "keys", old_key + "\n");
  Mounted mounted(fleet.directory(), {"keys"});
  fleet.stop("redis", SIGKILL);
  fleet.launch("worker");
  ASSERT_TRUE(eventually(20s, [&] {
    return fleet.process("worker").log_text().find("redis_unreachable") != std::string::npos;
  }));
  mounted.swap({{"keys", old_key + "\n*" + new_key + "\n"}});
  fleet.start_redis();
  fleet.wait_until_ready("worker");
  fleet.start_scheduler();
  fleet.add_members(members, eobs);  // sealed under the new key
  EXPECT_TRUE(fleet.wait_for_jobs("done", members)) << fleet.logs();
}

TEST_F(Reload, EnrolmentTakesNewApiKeysAsTheyCome) {
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.start_scheduler();
  write_file(fleet.directory() / "api_keys", std::string("app:") + Fleet::api_key + "\n");
  Mounted mounted(fleet.directory(), {"api_keys"});
  const std::string url = fleet.start_enroll();
  const auto status_with = [&url](const std::string& key) {
    return ask("GET", url + "/v1/members/M1", "", "Authorization: Bearer " + key + "\r\n").status;
  };
  const std::string next = "the-next-api-key-0123456789abcdef";
  EXPECT_EQ(status_with(Fleet::api_key), 404);
  EXPECT_EQ(status_with(next), 401);
  mounted.swap({{"api_keys", "app:" + next + "\n"}});
  ASSERT_TRUE(wait_for("enroll", ok, 1)) << fleet.process("enroll").log_text();
  EXPECT_EQ(status_with(next), 404);
  EXPECT_EQ(status_with(Fleet::api_key), 401);
}

// A rotation as an operator does it: first the new authority beside the old and the new passwords,
// then Redis comes back with both alone.
TEST(ReloadOverTls, EveryProgramFollowsRedisToNewPasswordsAndANewAuthority) {
  RedisServers servers;
  servers.make_certificates();
  const std::string users = servers.make_users();
  const std::string old_authority = read_file(servers.certificate("ca"));
  const std::string both = old_authority + read_file(servers.certificate("stranger"));
  write_file(servers.file("anchors"), old_authority);
  Mounted mounted(servers.file(""),
                  {"anchors", "worker.password", "scheduler.password", "enroll.password"});
  const std::vector<std::string> settings{"--aclfile", users, "--appendonly", "yes"};
  const auto port = servers.start_tls("redis", "server", settings);
  FleetOptions options;
  options.redis = "url = \"rediss://127.0.0.1:" + std::to_string(port) + "/0\"\nca_file = \"" +
                  servers.file("anchors") + "\"\ncert_file = \"" + servers.certificate("client") +
                  "\"\nkey_file = \"" + servers.key("client") + "\"\n";
  options.redis_users = servers.file("");
  options.redis_cli = [&]() -> std::vector<std::string> {
    return {"redis-cli",
            "--tls",
            "--insecure",
            "--cert",
            servers.certificate("client"),
            "--key",
            servers.key("client"),
            "-p",
            std::to_string(port),
            "--user",
            "admin",
            "--pass",
            "admin",
            "--no-auth-warning"};
  };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  const std::string url = fleet.start_enroll();
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("done", members)) << fleet.logs();

  std::map<std::string, std::string> files{{"anchors", both}};
  for (const char* user : {"worker", "scheduler", "enroll"}) {
    const std::string password = std::string("the-new-password-of-") + user;
    fleet.redis({"ACL", "SETUSER", std::string("claimferry-") + user, "resetpass", ">" + password});
    files[std::string(user) + ".password"] = password + "\n";
  }
  ASSERT_EQ(fleet.redis({"ACL", "SAVE"}), "OK\n");
  mounted.swap(files);
  for (const char* program : {"worker", "scheduler", "enroll"}) {
    ASSERT_TRUE(eventually(20s, [&] { return value_of(fleet, program, ok) >= 2; }))
        << fleet.process(program).log_text();
  }
  const std::string bearer = std::string("Authorization: Bearer ") + Fleet::api_key + "\r\n";
  servers.kill("redis");
  servers.start_tls("redis", "renewed", settings);

  // Enrolment asks, the scheduler plans and the worker pulls, each by its new password.
  int status = 0;
  EXPECT_TRUE(eventually(
      30s,
      [&] { return (status = ask("GET", url + "/v1/members/M000001", "", bearer).status) == 200; }))
      << status << fleet.logs();
  EXPECT_TRUE(eventually(30s, [&] {
    return fleet.redis({"FCALL", "cf_backfill_many", "1", "cf:{0}", "M000001\nM000002\nM000003"})
        .starts_with("OK");
  }));
  EXPECT_TRUE(fleet.wait_for_jobs("done", 2L * members)) << fleet.logs();
  EXPECT_EQ(fleet.verdict(), "");
}

}  // namespace
}  // namespace claimferry::integration
