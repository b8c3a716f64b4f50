// The real processes on a real PostgreSQL: migrated by the operator, written to by the worker's
// user, read by the reader's.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/contract/postgres_database.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

constexpr unsigned members = 4;
constexpr unsigned eobs = 25;

class PostgresFleet : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = std::make_unique<contract::PostgresDatabase>();
    FleetOptions options;
    options.worker = "shards = 2\nslots = 4\nrequests_in_flight_max = 4\ndrain = \"5s\"\n";
    options.sink = "kind = \"postgres\"\nconnections = 2\nurl = \"" +
                   database_->login("worker").address.str() + "\"\n";
    fleet_ = std::make_unique<Fleet>(options);
    fleet_->start_all_but_workers();
  }
  Output migrate(std::vector<std::string> further = {}) {
    std::vector<std::string> words{"db", "migrate", "--url", database_->login().address.str()};
    words.insert(words.end(), further.begin(), further.end());
    return fleet_->cli(words);
  }

  std::unique_ptr<contract::PostgresDatabase> database_;
  std::unique_ptr<Fleet> fleet_;
};

TEST_F(PostgresFleet, AWorkerBeginsWhenTheDatabaseIsMigratedAndSyncsEveryClaim) {
  // The worker's user exists, and may do nothing yet.
  database_->ask(
      "DO $$ BEGIN CREATE ROLE worker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; "
      "END $$");
  fleet_->launch("early");
  EXPECT_EQ(fleet_->wait_for_end("early"), 1);
  const Output dry = migrate({"--dry-run"});
  EXPECT_EQ(dry.status, 0) << dry.errors;
  EXPECT_NE(dry.text.find("CREATE TABLE claim_line ("), std::string::npos);
  EXPECT_EQ(database_->ask("SELECT to_regclass('meta')"), (contract::Rows{{"-"}}));
  const Output done = migrate();
  EXPECT_EQ(done.status, 0) << done.errors;
  EXPECT_TRUE(done.text.starts_with("applied 2: ")) << done.text;
  EXPECT_TRUE(migrate().text.starts_with("the schema is this release's"));
  database_->make_user("worker", "claimferry_worker");
  database_->make_user("reader", "claimferry_reader");
  fleet_->start_worker("worker");
  fleet_->add_members(members, eobs);
  ASSERT_TRUE(fleet_->wait_until_synced(members, std::chrono::seconds(60))) << fleet_->logs();
  EXPECT_EQ(database_->ask("SELECT count(*), count(DISTINCT member) FROM claim_current", "reader"),
            (contract::Rows{{std::to_string(members * eobs), std::to_string(members)}}));
  EXPECT_EQ(database_->ask("SELECT count(*) FROM claim_line_current WHERE NOT EXISTS (SELECT FROM "
                           "claim_current c WHERE c.eob_id = claim_line_current.eob_id)",
                           "reader"),
            (contract::Rows{{"0"}}));
  EXPECT_EQ(fleet_->stop("worker", SIGTERM), 0);
}

}  // namespace
}  // namespace claimferry::integration
