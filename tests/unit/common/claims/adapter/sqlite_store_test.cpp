#include "common/claims/adapter/sqlite_store.hpp"

#include <fstream>

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

TEST_F(SqliteStoreTest, BringsAFileOfVersionOneUpToThisOne) {
  ASSERT_TRUE(SqliteStore::open(path()).ok());
  make(
      "ALTER TABLE quarantine DROP COLUMN resource_type;"
      "ALTER TABLE quarantine DROP COLUMN resource_id;"
      "UPDATE meta SET value = '1' WHERE key = 'schema'");
  auto store = SqliteStore::open(path());
  ASSERT_TRUE(store.ok()) << store.failure().detail;
  EXPECT_EQ(count("meta WHERE key = 'schema' AND value = '2'"), 1);
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

}  // namespace
}  // namespace claimferry::claims
