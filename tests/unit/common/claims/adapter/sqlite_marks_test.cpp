#include "common/claims/adapter/sqlite_marks.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include "common/claims/adapter/sqlite_store.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

class SqliteMarksTest : public StoreFixture {
 protected:
  // Every file beside the database, and itself, with what it holds.
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(path().parent_path())) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files[entry.path()] = text.str();
    }
    return files;
  }
};

TEST_F(SqliteMarksTest, AreReadWithoutATrace) {
  ASSERT_TRUE(SqliteStore::open(path()).ok());
  const auto before = all();
  const auto marks = read_sqlite_marks(path());
  ASSERT_TRUE(marks.ok());
  EXPECT_EQ(marks->schema, "3");
  EXPECT_EQ(marks->kind, "");
  EXPECT_FALSE(marks->is_empty);
  EXPECT_FALSE(marks->is_of_other_host) << "it was written here";
  EXPECT_EQ(all(), before);
}

// All that a writer wrote stands in the log as yet.
TEST_F(SqliteMarksTest, AreThoseOfTheLogWhereAWriterIsAtWork) {
  const auto writer = SqliteStore::open(path());
  ASSERT_TRUE(writer.ok());
  ASSERT_GT(fs::file_size(path().string() + "-wal"), 0U);
  const auto marks = read_sqlite_marks(path());
  ASSERT_TRUE(marks.ok());
  EXPECT_EQ(marks->schema, "3");
  EXPECT_TRUE(fs::exists(path().string() + "-wal"));
}

TEST_F(SqliteMarksTest, OfAFileThatIsNoneSayWhatSqliteSays) {
  std::ofstream(path()) << std::string(5'000, 'x');
  const auto noise = read_sqlite_marks(path());
  ASSERT_FALSE(noise.ok());
  EXPECT_EQ(noise.failure().code, "sink_schema");
  EXPECT_EQ(noise.failure().detail, "file is not a database");
  EXPECT_FALSE(read_sqlite_marks(path().string() + "-missing").ok());
  EXPECT_FALSE(fs::exists(path().string() + "-missing"));
}

}  // namespace
}  // namespace claimferry::claims
