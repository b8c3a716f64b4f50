// Keys and secrets that change on disk as Kubernetes changes them, beside programs at work: no
// restart, no job lost, and what cannot be used leaves what was there.
#include <filesystem>

#include <gmock/gmock.h>

#include "tests/integration/exposition.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

namespace fs = std::filesystem;

constexpr unsigned members = 3;
constexpr unsigned eobs = 20;
const std::string old_key = "old:" + std::string(42, 'A') + "A=";
const std::string new_key = "new:" + std::string(42, 'B') + "A=";

class Reload : public testing::Test {
 protected:
  // Each file by a link through ..data, which leads to a folder of a moment.
  void mount() {
    const fs::path root = fleet.directory();
    write_file(root / "keys", old_key + "\n");
    fs::create_directory(root / "moment-0");
    for (const char* name : {"keys", "our_client_secret", "api_keys"}) {
      if (fs::exists(root / name)) {
        fs::rename(root / name, root / "moment-0" / name);
      }
      fs::create_symlink(fs::path("..data") / name, root / name);
    }
    fs::create_directory_symlink("moment-0", root / "..data");
  }
  void swap(const std::map<std::string, std::string>& files) {
    const fs::path root = fleet.directory();
    const std::string moment = "moment-" + std::to_string(++moment_);
    fs::copy(root / fs::read_symlink(root / "..data"), root / moment);
    for (const auto& [name, text] : files) {
      write_file(root / moment / name, text);
    }
    fs::create_directory_symlink(moment, root / "..data_tmp");
    fs::rename(root / "..data_tmp", root / "..data");
  }
  double value(const std::string& program, const std::string& series) {
    return Exposition::parse(fleet.metrics(program)).values.at(series);
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

  static constexpr auto ok = R"(claimferry_config_reloads_total{outcome="ok"})";
  static constexpr auto failing = "claimferry_config_reload_failing";
  Fleet fleet;
  int moment_ = 0;
};

TEST_F(Reload, AWorkerTakesNewKeysAndSecretsAsTheyComeAndKeepsTheOldWhereTheyAreBroken) {
  fleet.start_all_but_workers();
  mount();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_for_jobs("done", members)) << fleet.logs();

  // The payer takes the new secret alone, and new members are sealed under the new key.
  fleet.control("PATCH", "/v1/modes", R"({"client_secrets":["the-new-one"]})");
  swap({{"keys", old_key + "\n*" + new_key + "\n"}, {"our_client_secret", "the-new-one\n"}});
  ASSERT_TRUE(wait_for("worker", ok, 2)) << fleet.process("worker").log_text();
  pull_again(2L * members);
  const char* const older = R"(claimferry_data_keys_opened_total{key="older"})";
  const double under_old = value("worker", older);
  EXPECT_GE(under_old, members) << "they are under the old key, which is active no longer";
  ASSERT_EQ(fleet.cli({"keys", "rotate"}).status, 0);
  pull_again(3L * members);
  EXPECT_EQ(value("worker", older), under_old);

  swap({{"keys", "not a key\n"}, {"our_client_secret", "\n"}});
  ASSERT_TRUE(wait_for("worker", failing, 2)) << fleet.process("worker").log_text();
  pull_again(4L * members);
  swap({{"keys", new_key + "\n"}, {"our_client_secret", "the-new-one\n"}});
  ASSERT_TRUE(eventually(20s, [&] { return value("worker", failing) == 0; }));
  pull_again(5L * members);
  EXPECT_EQ(fleet.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
  EXPECT_EQ(fleet.verdict(), "");
  const std::string log = fleet.process("worker").log_text();
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("the-new-one")));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr(std::string(42, 'B'))));
}

TEST_F(Reload, EnrolmentTakesNewApiKeysAsTheyCome) {
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.start_scheduler();
  write_file(fleet.directory() / "api_keys", std::string("app:") + Fleet::api_key + "\n");
  mount();
  const std::string url = fleet.start_enroll();
  const auto status_with = [&url](const std::string& key) {
    return ask("GET", url + "/v1/members/M1", "", "Authorization: Bearer " + key + "\r\n").status;
  };
  const std::string next = "the-next-api-key-0123456789abcdef";
  EXPECT_EQ(status_with(Fleet::api_key), 404);
  EXPECT_EQ(status_with(next), 401);
  swap({{"api_keys", "app:" + next + "\n"}});
  ASSERT_TRUE(wait_for("enroll", ok, 1)) << fleet.process("enroll").log_text();
  EXPECT_EQ(status_with(next), 404);
  EXPECT_EQ(status_with(Fleet::api_key), 401);
}

}  // namespace
}  // namespace claimferry::integration
