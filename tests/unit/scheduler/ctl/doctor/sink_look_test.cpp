#include "scheduler/ctl/doctor/sink_look.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.hpp"
#include "common/claims/adapter/ndjson_store.hpp"
#include "common/claims/adapter/sqlite_store.hpp"

namespace claimferry::ctl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SinkLook : public testing::Test {
 protected:
  SinkLook() {
    std::string form = "/tmp/claimferry-sink-look-XXXXXX";
    EXPECT_NE(::mkdtemp(form.data()), nullptr);
    folder = form;
    file = folder / "claims #1?.db";
  }
  ~SinkLook() override { fs::remove_all(folder); }

  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  void make_store() const { ASSERT_TRUE(claims::SqliteStore::open(file).ok()); }
  void make_segments(const fs::path& directory) {
    claims::SegmentDisk disk;
    ASSERT_TRUE(claims::NdjsonStore::open({directory}, clock, disk).ok());
  }
  static void execute(const fs::path& database, const std::string& sql) {
    auto opened = claims::SqliteDatabase::open(database, std::chrono::seconds(1));
    ASSERT_TRUE(opened.ok());
    ASSERT_TRUE(opened->execute(sql).ok()) << sql;
  }
  // Every file under the folder with what it holds.
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files[entry.path()] = text.str();
    }
    return files;
  }

  SystemClock clock;
  fs::path folder;
  fs::path file;
};

TEST_F(SinkLook, AFreshStoreIsGoodAndIsLeftAsItWas) {
  make_store();
  const auto before = all();
  const Finding found = of_sqlite_file(file);
  EXPECT_EQ(found.health, Health::good) << found.what;
  EXPECT_THAT(found.what, HasSubstr("this release's schema"));
  EXPECT_EQ(all(), before);
}

TEST_F(SinkLook, AStoreThatAWorkerWritesToIsReadWithItsLog) {
  const auto writer = claims::SqliteStore::open(file);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(fs::exists(file.string() + "-wal"));
  EXPECT_EQ(of_sqlite_file(file).health, Health::good);
  EXPECT_TRUE(fs::exists(file.string() + "-wal"));
}

TEST_F(SinkLook, OneThatIsNotThereIsGoodAndIsNotMade) {
  EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("a worker can make it"));
  EXPECT_EQ(of_sqlite_file(file).health, Health::good);
  EXPECT_THAT(of_segments(folder / "segments").what, HasSubstr("a worker can make it"));
  EXPECT_EQ(of_audit_directory(folder / "new" / "audit").health, Health::good);
  EXPECT_TRUE(all().empty());
  write(file, "");
  EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("is empty"));
}

TEST_F(SinkLook, RandomBytesAreNoDatabase) {
  std::string noise;
  for (unsigned at = 0; at < 10'000; ++at) {
    noise += static_cast<char>(at * 2'654'435'761U >> 13U);
  }
  write(file, noise);
  const Finding found = of_sqlite_file(file);
  EXPECT_EQ(found.health, Health::bad);
  EXPECT_THAT(found.what, HasSubstr("is no database of claimferry's"));
  EXPECT_THAT(found.fix, HasSubstr("sink.path"));
}

TEST_F(SinkLook, ADatabaseOfSomebodyElseIsNamed) {
  execute(file, "CREATE TABLE theirs (a)");
  EXPECT_EQ(of_sqlite_file(file).health, Health::bad);
  EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("no such table: meta"));
}

TEST_F(SinkLook, OlderSchemasAreBroughtForwardAndOthersRefused) {
  make_store();
  for (const char* older : {"1", "2"}) {
    execute(file, std::string("UPDATE meta SET value = '") + older + "' WHERE key = 'schema'");
    EXPECT_EQ(of_sqlite_file(file).health, Health::good);
    EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("brings it forward"));
  }
  execute(file, "UPDATE meta SET value = '99' WHERE key = 'schema'");
  EXPECT_EQ(of_sqlite_file(file).health, Health::bad);
  EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("schema version 99, this release's is 3"));
}

TEST_F(SinkLook, AFileOfAnotherHostIsNamed) {
  make_store();
  execute(file, "INSERT OR REPLACE INTO meta VALUES ('host', 'another')");
  const Finding found = of_sqlite_file(file);
  if (!std::ifstream("/etc/machine-id")) {
    GTEST_SKIP() << "this host has no /etc/machine-id";
  }
  EXPECT_EQ(found.health, Health::bad);
  EXPECT_THAT(found.what, HasSubstr("was written on another host"));
}

TEST_F(SinkLook, AFolderThatIsMissingOrNoneIsNamed) {
  EXPECT_THAT(of_sqlite_file(folder / "no" / "claims.db").what, HasSubstr("is missing"));
  write(folder / "plain", "");
  EXPECT_EQ(of_sqlite_file(folder / "plain" / "claims.db").health, Health::bad);
  fs::create_directory(file);
  EXPECT_THAT(of_sqlite_file(file).what, HasSubstr("is no file"));
}

TEST_F(SinkLook, AFolderThatThisUserMayNotWriteToIsNamed) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may write everywhere";
  }
  ASSERT_EQ(::chmod(folder.c_str(), 0500), 0);
  for (const Finding& found : {of_sqlite_file(file), of_segments(folder)}) {
    EXPECT_EQ(found.health, Health::bad);
    EXPECT_THAT(found.what, HasSubstr("cannot be written to by this user"));
  }
  EXPECT_EQ(of_audit_directory(folder / "audit").health, Health::doubtful);
  ASSERT_EQ(::chmod(folder.c_str(), 0700), 0);
}

TEST_F(SinkLook, SegmentsAreLikewise) {
  const fs::path directory = folder / "segments";
  make_segments(directory);
  const auto before = all();
  EXPECT_EQ(of_segments(directory).health, Health::good) << of_segments(directory).what;
  EXPECT_THAT(of_segments(directory).what, HasSubstr("state.db is of this release's schema"));
  EXPECT_EQ(all(), before);
  execute(directory / "state.db", "UPDATE meta SET value = '9' WHERE key = 'schema'");
  EXPECT_THAT(of_segments(directory).what, HasSubstr("schema version 9, this release's is 1"));
  write(directory / "state.db", std::string(5'000, 'x'));
  EXPECT_THAT(of_segments(directory).what, HasSubstr("is no database of claimferry's"));
  write(folder / "plain", "");
  EXPECT_EQ(of_segments(folder / "plain").health, Health::bad);
}

TEST_F(SinkLook, ASinkOfTheOtherKindIsNamed) {
  make_segments(folder / "segments");
  EXPECT_THAT(of_sqlite_file(folder / "segments" / "state.db").what,
              HasSubstr("a sink of another kind"));
  ASSERT_TRUE(claims::SqliteStore::open(folder / "segments" / "other.db").ok());
  fs::remove(folder / "segments" / "state.db");
  fs::rename(folder / "segments" / "other.db", folder / "segments" / "state.db");
  EXPECT_THAT(of_segments(folder / "segments").what, HasSubstr("a sink of another kind"));
}

TEST_F(SinkLook, AnAuditBelowAFileCannotBeMade) {
  write(folder / "plain", "");
  const Finding below = of_audit_directory(folder / "plain" / "deep" / "audit");
  EXPECT_EQ(below.health, Health::bad);
  EXPECT_THAT(below.what, HasSubstr("cannot be made: " + (folder / "plain").string()));
  EXPECT_EQ(of_audit_directory(folder / "plain").health, Health::bad);
  fs::create_directory(folder / "audit");
  EXPECT_THAT(of_audit_directory(folder / "audit").what, HasSubstr("can be written to"));
}

}  // namespace
}  // namespace claimferry::ctl
