#include "common/claims/adapter/sqlite_writer.hpp"

#include <csignal>
#include <future>

#include <sys/resource.h>

#include "common/base/limits.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

using Outcome = std::future<Result<void>>;
using Outcomes = std::vector<Outcome>;

class SqliteWriterTest : public StoreFixture {
 protected:
  Outcome submit(std::function<Result<void>(SqliteStore&)> work) {
    auto outcome = std::make_shared<std::promise<Result<void>>>();
    writer_.submit({std::move(work),
                    [outcome](Result<void> result) { outcome->set_value(std::move(result)); }});
    return outcome->get_future();
  }
  Outcome submit_sql(const std::string& sql) {
    return submit([sql](SqliteStore& store) { return store.database().execute(sql); });
  }
  Outcome submit_page(const std::string& member, std::size_t bytes) {
    auto commit = std::make_shared<PageCommit>(page(member, bytes));
    return submit([commit](SqliteStore& store) -> Result<void> {
      auto report = store.commit(*commit);
      return report ? Result<void>() : Result<void>(std::move(report.failure()));
    });
  }

  // While it lives the writer performs one task, so that what is submitted waits together.
  class Hold {
   public:
    explicit Hold(SqliteWriterTest& test) {
      std::promise<void> begun;
      done_ = test.submit([this, &begun](SqliteStore&) {
        begun.set_value();
        released_.get_future().wait();
        return Result<void>();
      });
      begun.get_future().wait();
    }
    void release() {
      released_.set_value();
      EXPECT_TRUE(done_.get().ok());
    }

   private:
    std::promise<void> released_;
    Outcome done_;
  };

  // Room for so many pages of the database more than it has.
  void leave_room(unsigned pages) {
    SqliteDatabase database = beside();
    SqliteStatement ask(database, "PRAGMA page_count");
    ASSERT_TRUE(*ask.step());
    ASSERT_TRUE(submit_sql("PRAGMA max_page_count = " + std::to_string(ask.integer_at(0) + pages))
                    .get()
                    .ok());
  }
  static void expect_all_fail(Outcomes& outcomes, std::string_view code) {
    for (Outcome& outcome : outcomes) {
      const Result<void> result = outcome.get();
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.failure().kind, FailureKind::local) << result.failure().detail;
      EXPECT_EQ(result.failure().code, code) << result.failure().detail;
    }
  }
  static void expect_all_succeed(Outcomes& outcomes) {
    for (Outcome& outcome : outcomes) {
      const Result<void> result = outcome.get();
      EXPECT_TRUE(result.ok()) << result.failure().detail;
    }
  }
  void expect_rows(std::int64_t rows) const {
    for (const char* table : {"resource_version", "claim", "cursor", "member_fence", "seen"}) {
      EXPECT_EQ(count(table), rows) << table;
    }
  }
  // Pages that wait together; the third is larger than the rest.
  Outcomes submit_group(std::size_t large_bytes) {
    Hold hold(*this);
    Outcomes outcomes;
    for (unsigned at = 0; at < 6; ++at) {
      outcomes.push_back(submit_page("M" + std::to_string(at), at == 2 ? large_bytes : 100));
    }
    hold.release();
    return outcomes;
  }

  SqliteWriter writer_{path()};
};

// limits::sink_group_max
TEST_F(SqliteWriterTest, SinkGroupMaxIsTheMostThatShareATransaction) {
  ASSERT_TRUE(submit_sql("SELECT 1").get().ok());
  SqliteDatabase reader = beside();
  std::vector<std::int64_t> committed;  // before each task; the writer's, until all are done
  Hold hold(*this);
  Outcomes outcomes;
  for (std::size_t at = 0; at <= limits::sink_group_max; ++at) {
    outcomes.push_back(submit([&reader, &committed, at](SqliteStore& store) {
      SqliteStatement ask(reader, "SELECT count(*) FROM meta WHERE key LIKE 'task %'");
      committed.push_back(*ask.step() ? ask.integer_at(0) : -1);
      return store.database().execute("INSERT INTO meta VALUES ('task " + std::to_string(at) +
                                      "', '')");
    }));
  }
  hold.release();
  expect_all_succeed(outcomes);
  std::vector<std::int64_t> expected(limits::sink_group_max, 0);
  expected.push_back(limits::sink_group_max);
  EXPECT_EQ(committed, expected);
}

TEST_F(SqliteWriterTest, ATaskThatFailsTakesOnlyItselfBack) {
  Hold hold(*this);
  Outcome first = submit_page("M1", 100);
  Outcome refused = submit([](SqliteStore& store) -> Result<void> {
    EXPECT_TRUE(store.commit(page("M2", 100)).ok());
    return Failure{FailureKind::lease_lost, "sink_fenced", "9 is larger"};
  });
  Outcome last = submit_page("M3", 100);
  hold.release();
  EXPECT_TRUE(first.get().ok());
  EXPECT_EQ(refused.get().failure().code, "sink_fenced");
  EXPECT_TRUE(last.get().ok());
  expect_rows(2);
}

// A full disk takes the whole transaction back in its midst; what came after it in the group must
// not be committed without what came before, nor any job be given up for it.
TEST_F(SqliteWriterTest, AFullDiskFailsItsWholeGroupAndStoresNothing) {
  ASSERT_TRUE(submit_sql("SELECT 1").get().ok());
  leave_room(20);
  for (unsigned turn = 0; turn < 2; ++turn) {
    Outcomes outcomes = submit_group(1'000'000);
    expect_all_fail(outcomes, "disk_full");
    expect_rows(0);
  }
  leave_room(10'000);
  Outcomes outcomes = submit_group(1'000'000);
  expect_all_succeed(outcomes);
  expect_rows(6);
}

// SIGXFSZ would end the process; a write beyond the limit answers EFBIG instead.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int);
  rlimit limit_{};
};

TEST_F(SqliteWriterTest, AWriteThatFailsFailsItsWholeGroupAndStoresNothing) {
  ASSERT_TRUE(submit_sql("SELECT 1").get().ok());
  constexpr std::size_t beyond_the_cache = 8'000'000;
  {
    const FileSizeLimit limit(1'000'000);
    Outcomes outcomes = submit_group(beyond_the_cache);
    expect_all_fail(outcomes, "sink_unavailable");
  }
  expect_rows(0);
  Outcomes outcomes = submit_group(beyond_the_cache);
  expect_all_succeed(outcomes);
  expect_rows(6);
}

// It was whole when it was opened: no job is at fault, and the thread goes on.
TEST_F(SqliteWriterTest, AFileThatIsDamagedLaterIsWaitedFor) {
  ASSERT_TRUE(submit_sql("SELECT 1").get().ok());
  const auto resume = [this] {
    return submit([](SqliteStore& store) -> Result<void> {
      auto cursor = store.resume(key("M1"));
      return cursor ? Result<void>() : Result<void>(std::move(cursor.failure()));
    });
  };
  SqliteDatabase other = beside();
  ASSERT_TRUE(other.execute("ALTER TABLE cursor RENAME TO away").ok());
  for (unsigned turn = 0; turn < 2; ++turn) {
    const Result<void> refused = resume().get();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().kind, FailureKind::local);
    EXPECT_EQ(refused.failure().code, "sink_unavailable");
    EXPECT_NE(refused.failure().detail.find("cursor"), std::string::npos);
  }
  ASSERT_TRUE(other.execute("ALTER TABLE away RENAME TO cursor").ok());
  EXPECT_TRUE(resume().get().ok());
}

}  // namespace
}  // namespace claimferry::claims
