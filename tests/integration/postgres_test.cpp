// The real processes on a real PostgreSQL: migrated by the operator, written to by the worker's
// user, read by the reader's.
#include <algorithm>
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
    options.judged = "postgres:" + database_->login().address.str();
    fleet_ = std::make_unique<Fleet>(options);
    fleet_->start_all_but_workers();
  }
  Output migrate(std::vector<std::string> further = {}) {
    std::vector<std::string> words{"db", "migrate", "--url", database_->login().address.str()};
    words.insert(words.end(), further.begin(), further.end());
    return fleet_->cli(words);
  }

  // Until so many running jobs have stored a page.
  bool wait_for_cursors(std::size_t count) {
    return eventually(std::chrono::seconds(60), [&] {
      const auto running = fleet_->jobs("running");
      return std::ranges::count_if(running, [](const JobFields& job) {
               return job.contains("cursor");
             }) >= static_cast<std::ptrdiff_t>(count);
    });
  }
  std::string count(const std::string& what) {
    return database_->ask("SELECT count(*) FROM " + what)[0][0];
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
  EXPECT_TRUE(done.text.starts_with("applied 1: ")) << done.text;
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
  EXPECT_EQ(fleet_->verdict(), "");
  const Output renewed = fleet_->cli({"reprocess", "--all", "-o", "json"});
  EXPECT_EQ(renewed.text, "{\"renewed\":" + count("resource_version") + ",\"unreadable\":0}\n")
      << renewed.errors;
  EXPECT_EQ(fleet_->verdict(), "");
  const std::string out = (fleet_->directory() / "out").string();
  EXPECT_EQ(fleet_->cli({"export", "fhir", "--out", out, "-o", "json"}).text,
            "{\"ExplanationOfBenefit\":" + count("claim_current") + ",\"Coverage\":" +
                count("coverage_current") + ",\"Patient\":" + std::to_string(members) + "}\n");
  EXPECT_EQ(fleet_->cli({"export", "csv", "--view", "claim_current", "--out", out}).text,
            out + "/claim_current.csv: " + count("claim_current") + " rows\n");
  EXPECT_EQ(fleet_->stop("worker", SIGTERM), 0);
}

TEST_F(PostgresFleet, AKilledWorkerAndAServerThatRestartsLoseNothingAndDoubleNothing) {
  constexpr unsigned many = 8;
  ASSERT_TRUE(database_->migrate().ok());
  database_->make_user("worker", "claimferry_worker");
  fleet_->set_faults(R"({"latency_ms":{"min":60,"max":90}})");
  fleet_->start_worker("victim");
  fleet_->add_members(many, 100);
  ASSERT_TRUE(wait_for_cursors(4)) << fleet_->logs();
  EXPECT_EQ(fleet_->stop("victim", SIGKILL), 128 + SIGKILL);
  EXPECT_LT(fleet_->members_synced(), static_cast<long>(many));
  EXPECT_NE(fleet_->verdict(), "");
  fleet_->start_worker("heir");
  const std::string before = count("resource_version");
  ASSERT_TRUE(
      eventually(std::chrono::seconds(60), [&] { return count("resource_version") != before; }));
  contract::PostgresServer::shared().stop();
  EXPECT_LT(fleet_->members_synced(), static_cast<long>(many));
  contract::PostgresServer::shared().start();
  ASSERT_TRUE(fleet_->wait_until_synced(many, std::chrono::seconds(180))) << fleet_->logs();
  EXPECT_EQ(fleet_->verdict(), "");
  EXPECT_EQ(fleet_->stop("heir", SIGTERM), 0);
}

}  // namespace
}  // namespace claimferry::integration
