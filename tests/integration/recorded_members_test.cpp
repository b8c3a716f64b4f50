// Members in a real PostgreSQL and the real processes, while Redis is lost, or comes back from an
// earlier time.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/postgres_database.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr unsigned members = 6;

class RecordedMembers : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = contract::PostgresDatabase::migrated();
    database_->make_user("worker", "claimferry_worker");
    FleetOptions options;
    options.scheduler = "interval = \"2s\"\n";
    options.sink = "kind = \"postgres\"\nconnections = 2\nurl = \"" +
                   database_->login("worker").address.str() + "\"\n";
    options.judged = "postgres:" + database_->login().address.str();
    fleet_ = std::make_unique<Fleet>(options);
    fleet_->start_all_but_workers();
    fleet_->start_worker("worker");
    fleet_->add_members(members, 20);
    ASSERT_TRUE(fleet_->wait_until_synced(members, 60s)) << fleet_->logs();
  }
  std::string ask(const std::string& sql) { return database_->ask(sql)[0][0]; }
  std::string in_redis(const std::string& key, const std::string& field) {
    std::string text = fleet_->redis({"HGET", "cf:{0}:" + key, field});
    text.resize(text.find('\n'));
    return text;
  }
  // Every access token ends, and each member's sync refreshes.
  bool refresh_all_beyond(int version) {
    fleet_->control("POST", "/v1/tokens/expire", "{}");
    return eventually(60s, [&] {
      return ask("SELECT count(*) FROM member_token WHERE version <= " + std::to_string(version)) ==
             "0";
    });
  }
  void expect_nobody_lost(unsigned active) {
    EXPECT_EQ(in_redis("states", "active"), std::to_string(active));
    EXPECT_THAT(in_redis("states", "reconsent"), testing::AnyOf("", "0"));
    EXPECT_EQ(ask("SELECT count(*) FROM enrolled_member WHERE state = 'active'"),
              std::to_string(active));
    EXPECT_EQ(fleet_->violation("refresh_reused"), 0);
  }

  std::unique_ptr<contract::PostgresDatabase> database_;
  std::unique_ptr<Fleet> fleet_;
};

TEST_F(RecordedMembers, ComeBackByThemselvesAfterFlushAllBesideAKilledWorker) {
  fleet_->control("POST", "/v1/tokens/expire", "{}");
  fleet_->stop("worker", SIGKILL);
  fleet_->redis({"FLUSHALL"});
  fleet_->start_worker("heir");
  ASSERT_TRUE(eventually(60s, [&] {
    return in_redis("states", "active") == std::to_string(members);
  })) << fleet_->logs();
  ASSERT_TRUE(refresh_all_beyond(1)) << fleet_->logs();
  expect_nobody_lost(members);
  EXPECT_EQ(fleet_->verdict(), "");
  EXPECT_EQ(fleet_->redis({"KEYS", "cf-tok:*"}), "\n") << "Redis holds no token";
}

TEST_F(RecordedMembers, DoctorIsContentWithEachProgramsRoleAndNamesTheOneThatLacks) {
  for (const auto& [role, what] :
       {std::pair{"claimferry_worker", "√ database: the schema is this release's"},
        std::pair{"claimferry_enroller", "may keep members"},
        std::pair{"claimferry_reader", "× database"}}) {
    const std::string user = std::string("doctor_") + role;
    database_->make_user(user, role);
    const Output told =
        fleet_->cli({"--set", "sink.url=" + database_->login(user).address.str(), "doctor"});
    EXPECT_THAT(told.text, testing::HasSubstr(what)) << role;
  }
}

TEST_F(RecordedMembers, OfARedisThatComesBackFromBeforeUseNoOldTokenAndNobodyIsRevived) {
  const fs::path live = fleet_->directory() / "appendonlydir";
  const fs::path before = fleet_->directory() / "before";
  fs::copy(live, before, fs::copy_options::recursive);
  const std::string leaver = ask("SELECT min(member) FROM enrolled_member");
  ASSERT_TRUE(eventually(30s, [&] {
    return fleet_->redis({"FCALL", "cf_version", "0"}).find("library") != std::string::npos;
  }));
  const Output asked = fleet_->cli(
      {"erase", leaver, "--confirm", leaver, "--by", "ada", "--reason", "test", "--wait"});
  ASSERT_EQ(asked.status, 0) << asked.errors;
  ASSERT_TRUE(eventually(30s, [&] {
    return ask("SELECT state FROM enrolled_member WHERE member = '" + leaver + "'") == "erased";
  }));
  ASSERT_TRUE(refresh_all_beyond(1)) << fleet_->logs();
  fleet_->stop("redis", SIGKILL);
  fs::remove_all(live);
  fs::rename(before, live);
  fleet_->start_redis();
  EXPECT_EQ(in_redis("member:" + leaver, "state"), "active") << "Redis is of before";
  ASSERT_TRUE(refresh_all_beyond(2)) << fleet_->logs();
  ASSERT_TRUE(eventually(60s, [&] { return in_redis("states", "erased") == "1"; }))
      << fleet_->logs();
  expect_nobody_lost(members - 1);
  EXPECT_EQ(ask("SELECT count(*) FROM resource_version WHERE member = '" + leaver + "'"), "0");
}

TEST(AdoptedMembers, AreMovedOutOfRedisByOneCommand) {
  CLAIMFERRY_NEEDS_POSTGRES();
  const auto database = contract::PostgresDatabase::migrated();
  database->make_user("worker", "claimferry_worker");
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.add_members(3, 1);
  const std::string url = database->login("worker").address.str();
  const auto with_database = [&](std::vector<std::string> words) {
    for (const std::string& set : {std::string("sink.kind=postgres"), "sink.url=" + url,
                                   std::string("sink.path="), std::string("audit.path=/tmp")}) {
      words.insert(words.begin(), {"--set", set});
    }
    return fleet.cli(words);
  };
  EXPECT_EQ(fleet.cli({"db", "adopt"}).status, 4);
  const Output adopted = with_database({"db", "adopt"});
  EXPECT_EQ(adopted.text, "3 members moved into the database\n") << adopted.errors;
  EXPECT_EQ(with_database({"db", "adopt", "-o", "json"}).text, "{\"adopted\":0}\n");
  EXPECT_EQ(database->ask("SELECT count(*) FROM member_token"), (contract::Rows{{"3"}}));
  EXPECT_NE(with_database({"keys", "status"}).text.find('3'), std::string::npos);
  EXPECT_THAT(fleet.cli({"keys", "status"}).text, testing::Not(testing::HasSubstr("3")))
      << "Redis holds none any more";
}

}  // namespace
}  // namespace claimferry::integration
