#include "common/claims/adapter/claim_rebuild.hpp"

#include "common/base/limits.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "common/claims/stored_resource.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

// Renews so many times, and is away then.
class Failing final : public ClaimRebuild {
 public:
  Failing(ClaimRebuild& sink, unsigned times) : sink_(sink), left_(times) {}
  awaitable<Result<std::uint64_t>> count_outdated() override { return sink_.count_outdated(); }
  awaitable<Result<OutdatedStep>> outdated(std::optional<VersionKey> after) override {
    return sink_.outdated(after);
  }
  awaitable<Result<void>> renew(std::vector<RebuiltVersion> versions) override {
    if (left_ == 0) {
      co_return Failure{FailureKind::local, "sink_unavailable", "away"};
    }
    --left_;
    co_return co_await sink_.renew(std::move(versions));
  }
  awaitable<Result<MarkedStep>> mark(std::optional<VersionKey> after) override {
    return sink_.mark(after);
  }
  awaitable<Result<bool>> all_marked() override { return sink_.all_marked(); }

 private:
  ClaimRebuild& sink_;
  unsigned left_;
};

class ClaimRebuildTest : public StoreFixture {
 protected:
  static constexpr int claims = 230;

  void SetUp() override {
    ASSERT_TRUE(run(sink_.open()));
    for (int number = 0; number < claims; ++number) {
      const std::string id = "e" + std::to_string(number);
      auto page = parse(bundle({eob(id, R"("item":[{"sequence":1}],"odd":)" + id.substr(1))}));
      ASSERT_TRUE(page);
      ASSERT_TRUE(run(
          sink_.commit({key("M1"), queue::Resource::eob, true, WallTime(), std::move(*page), {}})));
    }
  }

  template <class T>
  T run(awaitable<T> operation) {
    return contract::run(io_, std::move(operation));
  }
  // Every row of the tables of claims, as text.
  std::string dump() {
    SqliteDatabase database = beside();
    std::string text;
    for (const char* sql :
         {"SELECT eob_id || pointer || status FROM claim ORDER BY 1",
          "SELECT eob_id || pointer || line_sequence FROM claim_line ORDER BY 1",
          "SELECT resource_id || pointer || value FROM extension_kv ORDER BY 1"}) {
      SqliteStatement ask(database, sql);
      while (*ask.step()) {
        text += ask.text_at(0) + "\n";
      }
    }
    return text;
  }
  // How many it marked.
  std::uint64_t mark() {
    std::uint64_t marked = 0;
    EXPECT_TRUE(run(mark_all(&sink_, [&marked](std::uint64_t so_far) { marked = so_far; })));
    return marked;
  }
  void spoil() {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute("DELETE FROM claim_line; UPDATE extension_kv SET value = 'x'"));
  }

  SystemClock clock_;
  boost::asio::io_context io_;
  SqliteSink sink_{path(), clock_};
};

TEST_F(ClaimRebuildTest, MakesTheSameRowsOfTheSameBytesAndGoesOnWhereItWasBrokenOff) {
  const std::string before = dump();
  spoil();
  EXPECT_EQ(*run(sink_.count_outdated()), 0U);
  EXPECT_EQ(mark(), 230U);
  EXPECT_EQ(*run(sink_.count_outdated()), 230U);
  Failing failing(sink_, 1);
  std::vector<std::uint64_t> told;
  const auto tell = [&told](const ReprocessReport& report) { told.push_back(report.renewed); };
  EXPECT_EQ(run(reprocess(&failing, tell)).failure().code, "sink_unavailable");
  EXPECT_EQ(*run(sink_.count_outdated()), 130U);
  // Run again with --all, it goes on, too.
  EXPECT_EQ(mark(), 0U);
  EXPECT_EQ(*run(sink_.count_outdated()), 130U);
  auto report = run(reprocess(&sink_, tell));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->renewed, 130U);
  EXPECT_EQ(report->unreadable, 0U);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{100, 100, 130}));
  EXPECT_EQ(dump(), before);
  EXPECT_EQ(mark(), 230U);
}

TEST_F(ClaimRebuildTest, MarkingGoesByStepsAndWhatWasBrokenOffGoesOn) {
  {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "INSERT INTO resource_version (payer, member, resource_type, resource_id, version, "
        "content_hash, change_hash, raw, fence, first_seen_at, valid_from, parser_version) "
        "SELECT 'aetna', 'M2', 'Coverage', i, 1, '', '', x'', 1, '', '', 2 FROM n"));
  }
  EXPECT_EQ(run(sink_.mark(std::nullopt))->versions, limits::rebuild_walk_max);
  EXPECT_EQ(*run(sink_.count_outdated()), 1'000U);
  EXPECT_FALSE(*run(sink_.all_marked()));
  EXPECT_EQ(mark(), 230U);
  EXPECT_TRUE(*run(sink_.all_marked()));
}

TEST_F(ClaimRebuildTest, LeavesAloneWhatAWorkerReadAgainMeanwhile) {
  EXPECT_EQ(mark(), 230U);
  auto step = run(sink_.outdated(std::nullopt));
  ASSERT_TRUE(step);
  std::vector<RebuiltVersion> versions;
  for (StoredVersion& stored : step->versions) {
    versions.push_back({std::move(stored.key), std::move(*read_stored(stored.raw))});
  }
  {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute("UPDATE resource_version SET parser_version = 99"));
  }
  spoil();
  ASSERT_TRUE(run(sink_.renew(std::move(versions))));
  EXPECT_EQ(count("claim_line"), 0);
}

TEST_F(ClaimRebuildTest, AStepHoldsLittleMoreThanTheBytesThatItMay) {
  {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute("UPDATE resource_version SET raw = zeroblob(" +
                                 std::to_string(limits::rebuild_bytes_max / 2) +
                                 "), parser_version = 0 WHERE resource_id IN ('e1', 'e2', 'e3')"));
  }
  EXPECT_EQ(run(sink_.outdated(std::nullopt))->versions.size(), 2U);
}

TEST_F(ClaimRebuildTest, BringsNobodyBackWhoWasErasedMeanwhile) {
  EXPECT_EQ(mark(), 230U);
  auto step = run(sink_.outdated(std::nullopt));
  ASSERT_TRUE(step);
  std::vector<RebuiltVersion> versions;
  for (StoredVersion& stored : step->versions) {
    versions.push_back({std::move(stored.key), std::move(*read_stored(stored.raw))});
  }
  ASSERT_TRUE(run(sink_.erase(key("M1", 2))));
  ASSERT_TRUE(run(sink_.renew(std::move(versions))));
  EXPECT_EQ(dump(), "");
}

TEST_F(ClaimRebuildTest, TakesTheRowsOfWhatItCannotReadAndKeepsItsBytes) {
  {
    SqliteDatabase database = beside();
    ASSERT_TRUE(
        database.execute("UPDATE resource_version SET raw = CAST('[]' AS BLOB), "
                         "parser_version = 0 WHERE resource_id = 'e7'"));
  }
  auto report = run(reprocess(&sink_, [](const ReprocessReport&) {}));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->unreadable, 1U);
  EXPECT_EQ(count("claim WHERE eob_id = 'e7'"), 0);
  EXPECT_EQ(count("resource_version WHERE resource_id = 'e7' AND raw = CAST('[]' AS BLOB)"), 1);
}

}  // namespace
}  // namespace claimferry::claims
