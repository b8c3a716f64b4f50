#include "common/claims/adapter/sqlite_store.hpp"

#include <fstream>

#include "common/claims/tables/table.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

class SqliteStoreTest : public StoreFixture {
 protected:
  void make(std::string_view sql) const {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute(sql).ok()) << sql;
  }
  Failure refusal() const {
    auto store = SqliteStore::open(path());
    EXPECT_FALSE(store.ok());
    return store ? Failure() : store.failure();
  }
};

TEST_F(SqliteStoreTest, RefusesForGoodAFileThatIsNotOurs) {
  std::ofstream(path()) << "Dear diary, this is no database at all. " << std::string(4'096, '.');
  EXPECT_EQ(refusal().code, "sink_schema");
  EXPECT_EQ(refusal().kind, FailureKind::permanent);
  EXPECT_NE(refusal().detail.find("sink.path"), std::string::npos);
}

TEST_F(SqliteStoreTest, RefusesForGoodADatabaseOfAnotherProgram) {
  make("CREATE TABLE diary (day TEXT)");
  EXPECT_EQ(refusal().code, "sink_schema");
  EXPECT_EQ(refusal().kind, FailureKind::permanent);
}

TEST_F(SqliteStoreTest, RefusesForGoodASchemaThatItDoesNotKnow) {
  ASSERT_TRUE(SqliteStore::open(path()).ok());
  make("UPDATE meta SET value = '99' WHERE key = 'schema'");
  EXPECT_EQ(refusal().code, "sink_schema");
  EXPECT_NE(refusal().detail.find("99"), std::string::npos);
  EXPECT_NE(refusal().detail.find(path()), std::string::npos);
  EXPECT_NE(refusal().detail.find("sink.path"), std::string::npos);
}

// What version 2 had instead of the tables of claims.
std::string to_version_two() {
  std::string sql =
      "DROP VIEW medical_claim; DROP VIEW pharmacy_claim; DROP VIEW eligibility;"
      "DROP VIEW claim_net; DROP INDEX resource_by_parser; ALTER TABLE resource_version DROP "
      "COLUMN parser_version;";
  for (const Table& table : tables()) {
    sql += "DROP VIEW " + table.name + "_current; DROP TABLE " + table.name + ";";
  }
  return sql +
         "DROP VIEW extension_kv_current; DROP TABLE extension_kv;"
         "CREATE TABLE claim (eob_id TEXT); CREATE TABLE claim_line (eob_id TEXT);"
         "CREATE TABLE coverage (coverage_id TEXT); CREATE VIEW claim_current AS SELECT 1;"
         "CREATE VIEW claim_line_current AS SELECT 1; CREATE VIEW coverage_current AS SELECT 1;"
         "UPDATE meta SET value = '2' WHERE key = 'schema';";
}

TEST_F(SqliteStoreTest, BringsAFileOfVersionOneUpToThisOne) {
  ASSERT_TRUE(SqliteStore::open(path()).ok());
  make(
      "ALTER TABLE quarantine DROP COLUMN resource_type;"
      "ALTER TABLE quarantine DROP COLUMN resource_id;" +
      to_version_two() + "UPDATE meta SET value = '1' WHERE key = 'schema'");
  auto store = SqliteStore::open(path());
  ASSERT_TRUE(store.ok()) << store.failure().detail;
  EXPECT_EQ(count("meta WHERE key = 'schema' AND value = '3'"), 1);
  const BadPage bad{key("M1"), queue::Resource::coverage, WallTime(), "page_not_json",
                    http::Body("<html>")};
  ASSERT_TRUE((*store)->begin().ok());
  ASSERT_TRUE((*store)->quarantine_page(bad).ok());
  ASSERT_TRUE((*store)->commit_transaction().ok());
  EXPECT_EQ(count("quarantine WHERE resource_type = 'Coverage' AND reason = 'page_not_json' "
                  "AND raw = CAST('<html>' AS BLOB) AND resource_id IS NULL"),
            1);
  EXPECT_TRUE(SqliteStore::open(path()).ok());
}

TEST_F(SqliteStoreTest, MakesTheRowsOfAnEarlierReleaseAnewWhenTheirResourceIsSeenAgain) {
  ASSERT_TRUE(SqliteStore::open(path()).ok());
  {
    auto store = SqliteStore::open(path());
    ASSERT_TRUE((*store)->begin().ok());
    ASSERT_TRUE((*store)->commit(page("M1", 100)).ok());
    ASSERT_TRUE((*store)->commit_transaction().ok());
  }
  make(to_version_two());
  auto store = SqliteStore::open(path());
  ASSERT_TRUE(store.ok()) << store.failure().detail;
  EXPECT_EQ(count("claim"), 0);
  EXPECT_EQ(count("resource_version WHERE parser_version = 0"), 1);
  ASSERT_TRUE((*store)->begin().ok());
  auto report = (*store)->commit(page("M1", 100));
  ASSERT_TRUE(report.ok()) << report.failure().detail;
  ASSERT_TRUE((*store)->commit_transaction().ok());
  EXPECT_EQ(report->unchanged, 1U);
  EXPECT_EQ(count("claim_current"), 1);
  EXPECT_EQ(count("resource_version"), 1);
  EXPECT_EQ(count("resource_version WHERE parser_version > 0"), 1);
}

}  // namespace
}  // namespace claimferry::claims
