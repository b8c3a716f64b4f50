// Migrations, what open() refuses, and who may do what.
#include "tests/contract/postgres_fixture.hpp"

namespace claimferry::claims {
namespace {

class PostgresSchema : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = std::make_unique<contract::PostgresDatabase>();
  }
  Failure refusal_to_open(const std::string& user = "postgres") {
    const auto sink = make_sink(user);
    const auto opened = run(sink->open());
    return opened ? Failure{} : opened.failure();
  }
};

TEST_F(PostgresSchema, ADatabaseWithoutTablesIsRefusedUntilItIsMigrated) {
  const Failure refused = refusal_to_open();
  EXPECT_EQ(refused.kind, FailureKind::permanent);
  EXPECT_EQ(refused.code, "sink_schema");
  EXPECT_NE(refused.detail.find("claimferry db migrate"), std::string::npos);
  ASSERT_TRUE(database_->migrate().ok());
  EXPECT_EQ(refusal_to_open().code, "");
}

TEST_F(PostgresSchema, ADryRunTellsWhatIsLackingAndChangesNothing) {
  const auto lacking = database_->migrate(false);
  ASSERT_TRUE(lacking.ok());
  EXPECT_EQ(lacking->size(), postgres_migrations().size());
  EXPECT_EQ(database_->ask("SELECT to_regclass('meta')"), (contract::Rows{{"-"}}));
}

TEST_F(PostgresSchema, AMigrationIsAppliedOnceAlsoByTwoAtOnce) {
  auto one = std::make_shared<postgres::Connection>(executor_of(io_));
  auto two = std::make_shared<postgres::Connection>(executor_of(io_));
  for (const auto& each : {one, two}) {
    ASSERT_TRUE(run(each->open(database_->login(), std::chrono::seconds(10))).ok());
  }
  std::vector<awaitable<Result<std::vector<PostgresMigration>>>> both;
  both.push_back(migrate_postgres(one, true));
  both.push_back(migrate_postgres(two, true));
  std::size_t applied = 0;
  for (const auto& result : contract::run_together(io_, std::move(both))) {
    ASSERT_TRUE(result.ok()) << result.failure().detail;
    applied += result->size();
  }
  EXPECT_EQ(applied, postgres_migrations().size());
  EXPECT_TRUE(database_->migrate()->empty());
}

TEST_F(PostgresSchema, ALaterSchemaIsTakenAsLongAsItSaysThatThisReleaseWorksWithIt) {
  ASSERT_TRUE(database_->migrate().ok());
  database_->ask("UPDATE meta SET value = '99' WHERE key = 'schema'");
  EXPECT_EQ(refusal_to_open().code, "");
  EXPECT_TRUE(database_->migrate()->empty());
  database_->ask("UPDATE meta SET value = '98' WHERE key = 'works_from'");
  EXPECT_EQ(refusal_to_open().code, "sink_schema");
  EXPECT_EQ(database_->migrate().failure().code, "sink_schema");
}

TEST_F(PostgresSchema, AnEarlierSchemaIsRefused) {
  ASSERT_TRUE(database_->migrate().ok());
  database_->ask("UPDATE meta SET value = '0' WHERE key = 'schema'");
  EXPECT_EQ(refusal_to_open().code, "sink_schema");
}

TEST_F(PostgresSchema, AnotherProgramsTableMetaIsLeftAlone) {
  database_->ask("CREATE TABLE meta (other text)");
  EXPECT_EQ(refusal_to_open().code, "sink_schema");
  EXPECT_EQ(database_->migrate().failure().code, "sink_schema");
}

TEST_F(PostgresSchema, AUserWithoutTheWorkersRoleIsToldToBeGivenIt) {
  ASSERT_TRUE(database_->migrate().ok());
  database_->make_user("auditor", "claimferry_auditor");
  const Failure refused = refusal_to_open("auditor");
  EXPECT_EQ(refused.code, "sink_schema");
  EXPECT_NE(refused.detail.find("GRANT claimferry_worker"), std::string::npos);
}

TEST_F(PostgresSchema, EachRoleMayDoWhatItIsForAndNoMore) {
  ASSERT_TRUE(database_->migrate().ok());
  database_->make_user("worker", "claimferry_worker");
  database_->make_user("reader", "claimferry_reader");
  database_->make_user("auditor", "claimferry_auditor");
  const std::string no = "postgres_42501";
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {"worker", "DELETE FROM claim", ""},
      {"worker", "DELETE FROM tombstone", no},
      {"worker", "DELETE FROM member_fence", no},
      {"worker", "UPDATE meta SET value = '9'", no},
      {"worker", "CREATE TABLE mine (a text)", no},
      {"worker", "DROP TABLE claim", "postgres_42501"},
      {"reader", "SELECT * FROM claim_current", ""},
      {"reader", "SELECT * FROM claim_line", ""},
      {"reader", "SELECT raw FROM resource_current", ""},
      {"reader", "DELETE FROM claim", no},
      {"reader", "SELECT reason FROM quarantine", no},
      {"reader", "SELECT * FROM cursor", no},
      {"auditor", "SELECT * FROM tombstone", ""},
      {"auditor", "SELECT reason, received_at FROM quarantine", ""},
      {"auditor", "SELECT raw FROM quarantine", no},
      {"auditor", "SELECT * FROM claim_current", no},
      {"auditor", "UPDATE tombstone SET fence = 0", no},
  };
  for (const auto& [user, sql, expected] : table) {
    EXPECT_EQ(database_->refusal(sql, user), expected) << user << ": " << sql;
  }
}

TEST_F(PostgresSchema, EveryTableOfClaimsHasItsPartitionsByMember) {
  ASSERT_TRUE(database_->migrate().ok());
  const auto tables = database_->ask(
      "SELECT c.relname, count(*), pg_get_partkeydef(c.oid) FROM pg_class c "
      "JOIN pg_inherits i ON i.inhparent = c.oid WHERE c.relkind = 'p' GROUP BY c.oid, c.relname");
  EXPECT_EQ(tables.size(), table_count + 4);
  for (const auto& row : tables) {
    EXPECT_EQ(row[1], "16") << row[0];
    EXPECT_EQ(row[2], "HASH (member)") << row[0];
  }
}

}  // namespace
}  // namespace claimferry::claims
