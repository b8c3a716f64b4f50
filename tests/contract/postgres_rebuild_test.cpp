// Rows made anew in PostgreSQL, as claim_rebuild_test.cpp has it of SQLite, and beside workers.
#include "common/base/limits.hpp"
#include "common/claims/stored_resource.hpp"
#include "tests/contract/postgres_fixture.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

class PostgresRebuild : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    migrate();
    sink_ = make_sink();
    ASSERT_TRUE(run(sink_->open()).ok());
  }
  // Claims of a member's, from the first number on, on a page of their own.
  void fill(const std::string& member, int claims, int from = 0) {
    std::string text = bundle({});
    text.resize(text.size() - 2);
    for (int number = from; number < from + claims; ++number) {
      text += (number == from ? "" : ",") + std::string(R"({"resource":)") +
              eob("e" + std::to_string(number),
                  R"("item":[{"sequence":1}],"odd":)" + std::to_string(number)) +
              "}";
    }
    auto page = parse(text + "]}");
    ASSERT_TRUE(page.ok());
    ASSERT_TRUE(commit(*sink_, key(member, "j1", 1), std::move(*page)).ok());
  }
  std::string dump() {
    std::string text;
    for (const char* sql :
         {"SELECT claim FROM claim ORDER BY 1", "SELECT l FROM claim_line l ORDER BY 1",
          "SELECT e FROM extension_kv e ORDER BY 1"}) {
      for (const auto& row : database_->ask(sql)) {
        text += row[0] + "\n";
      }
    }
    return text;
  }
  void spoil() {
    database_->ask("DELETE FROM claim_line");
    database_->ask("UPDATE extension_kv SET value = 'x'");
  }
  void set_parser(const std::string& version, const std::string& of = "true") {
    database_->ask("UPDATE resource_version SET parser_version = " + version + " WHERE " + of);
  }
  std::int64_t count(const std::string& what) {
    return std::stoll(database_->ask("SELECT count(*) FROM " + what)[0][0]);
  }
  static std::vector<RebuiltVersion> rebuilt(OutdatedStep step) {
    std::vector<RebuiltVersion> versions;
    for (StoredVersion& stored : step.versions) {
      auto page = read_stored(stored.raw);
      versions.push_back({std::move(stored.key), page ? std::move(*page) : ParsedPage()});
    }
    return versions;
  }
  OutdatedStep outdated(std::optional<VersionKey> after = std::nullopt) {
    auto step = run(sink_->outdated(std::move(after)));
    EXPECT_TRUE(step.ok()) << step.failure().detail;
    return step ? std::move(*step) : OutdatedStep();
  }
  // Versions without rows, by the sink's own words: numbers of M1 with so many raw bytes.
  void put_versions(int versions, const std::string& bytes, int parser) {
    database_->ask(
        "INSERT INTO resource_version (payer, member, resource_type, resource_id, version, "
        "content_hash, change_hash, raw, fence, first_seen_at, valid_from, parser_version) "
        "SELECT 'aetna', 'M1', 'ExplanationOfBenefit', lpad(n::text, 6, '0'), 1, '', '', "
        "convert_to(repeat('x', " +
        bytes + "), 'UTF8'), 1, now(), now(), " + std::to_string(parser) +
        " FROM generate_series(1, " + std::to_string(versions) + ") AS n");
  }

  std::unique_ptr<PostgresSink> sink_;
};

const ReprocessTold no_one = [](const ReprocessReport&) {};

TEST_F(PostgresRebuild, MakesTheSameRowsOfTheSameBytesAndGoesOnWhereItWasBrokenOff) {
  fill("M1", 130);
  fill("M2", 40);
  const std::string before = dump();
  spoil();
  std::uint64_t marked = 0;
  const MarkTold tell = [&marked](std::uint64_t so_far) { marked = so_far; };
  ASSERT_TRUE(run(mark_all(sink_.get(), tell)).ok());
  EXPECT_EQ(marked, 170U);
  EXPECT_EQ(*run(sink_->count_outdated()), 170U);
  OutdatedStep first = outdated();
  EXPECT_EQ(first.versions.size(), limits::rebuild_versions_max);
  EXPECT_TRUE(first.next.has_value());
  ASSERT_TRUE(run(sink_->renew(rebuilt(std::move(first)))).ok());
  // Run again with --all, it marks nothing anew.
  marked = 0;
  ASSERT_TRUE(run(mark_all(sink_.get(), tell)).ok());
  EXPECT_EQ(marked, 0U);
  EXPECT_EQ(*run(sink_->count_outdated()), 70U);
  const auto report = run(reprocess(sink_.get(), no_one));
  ASSERT_TRUE(report.ok()) << report.failure().detail;
  EXPECT_EQ(report->renewed, 70U);
  EXPECT_EQ(report->unreadable, 0U);
  EXPECT_EQ(dump(), before);
  EXPECT_EQ(run(reprocess(sink_.get(), no_one))->renewed, 0U);
}

TEST_F(PostgresRebuild, MarkingThatWasBrokenOffGoesOn) {
  fill("M1", 5);
  set_parser("-1", "resource_id <= 'e2'");
  ASSERT_TRUE(run(mark_all(sink_.get(), [](std::uint64_t) {})).ok());
  EXPECT_EQ(*run(sink_->count_outdated()), 5U);
  EXPECT_EQ(count("resource_version WHERE parser_version = -1"), 5);
}

TEST_F(PostgresRebuild, BringsNobodyBackWhoWasErasedMeanwhile) {
  fill("M1", 3);
  fill("M2", 3);
  set_parser("0");
  auto versions = rebuilt(outdated());
  ASSERT_EQ(versions.size(), 6U);
  ASSERT_TRUE(run(sink_->erase(key("M1", "erase", 2))).ok());
  ASSERT_TRUE(run(sink_->renew(std::move(versions))).ok());
  EXPECT_EQ(rows_of("M1"), 0);
  EXPECT_EQ(count("claim"), 3);
  EXPECT_EQ(count("resource_version WHERE parser_version > 0"), 3);
}

TEST_F(PostgresRebuild, LeavesAloneWhatAWorkerReadAgainMeanwhile) {
  fill("M1", 2);
  set_parser("1");
  auto versions = rebuilt(outdated());
  set_parser("99", "resource_id = 'e1'");
  spoil();
  ASSERT_TRUE(run(sink_->renew(std::move(versions))).ok());
  EXPECT_EQ(database_->ask("SELECT eob_id FROM claim_line"), (contract::Rows{{"e0"}}));
  EXPECT_EQ(count("extension_kv WHERE value = 'x' AND resource_id = 'e1'"), 1);
}

TEST_F(PostgresRebuild, TakesTheRowsOfWhatItCannotReadAndKeepsItsBytes) {
  fill("M1", 9);
  database_->ask(
      "UPDATE resource_version SET raw = '[]', parser_version = 0 WHERE resource_id = 'e7'");
  const auto report = run(reprocess(sink_.get(), no_one));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->unreadable, 1U);
  EXPECT_EQ(count("claim WHERE eob_id = 'e7'"), 0);
  EXPECT_EQ(count("claim"), 8);
  EXPECT_EQ(count("resource_version WHERE resource_id = 'e7' AND raw = '[]'"), 1);
}

TEST_F(PostgresRebuild, AStepHoldsNoMoreBytesThanItMayOrOneVersion) {
  const std::string half = std::to_string(limits::rebuild_bytes_max / 2);
  put_versions(4, half, 0);
  database_->ask(
      "UPDATE resource_version SET raw = raw || raw || raw WHERE resource_id = '000003'");
  std::vector<std::size_t> steps;
  std::optional<VersionKey> after;
  do {
    OutdatedStep step = outdated(after);
    steps.push_back(step.versions.size());
    after = step.next;
  } while (after);
  EXPECT_EQ(steps, (std::vector<std::size_t>{2, 1, 1}));
}

TEST_F(PostgresRebuild, AStepPassesNoMoreVersionsThanItMay) {
  put_versions(limits::rebuild_walk_max + 1, "1", 99);
  set_parser("0", "resource_id = '001001'");
  const OutdatedStep first = outdated();
  EXPECT_TRUE(first.versions.empty());
  ASSERT_TRUE(first.next.has_value());
  EXPECT_EQ(first.next->id, "001000");
  const OutdatedStep second = outdated(first.next);
  EXPECT_EQ(second.versions.size(), 1U);
  EXPECT_FALSE(second.next.has_value());
  EXPECT_EQ(run(sink_->mark(std::nullopt))->versions, limits::rebuild_walk_max);
}

// A worker's transaction that holds its member's fence, and then writes versions.
awaitable<Result<void>> work_when_waited_for(std::shared_ptr<postgres::Connection> worker) {
  const Duration deadline = std::chrono::seconds(30);
  for (int turn = 0; turn < 10'000; ++turn) {
    std::vector<postgres::Call> look{{"SELECT count(*) FROM pg_locks WHERE NOT granted", {}}};
    auto waiting = co_await worker->run(std::move(look), deadline);
    if (!waiting) {
      co_return std::move(waiting.failure());
    }
    if (waiting->at(0).integer(0, 0) > 0) {
      std::vector<postgres::Call> write{
          {"UPDATE resource_version SET fence = 9 WHERE member = 'M2'", {}}, {"COMMIT", {}}};
      auto written = co_await worker->run(std::move(write), deadline);
      if (!written) {
        co_return std::move(written.failure());
      }
      co_return Result<void>();
    }
  }
  co_return Failure{FailureKind::local, "nobody_waits", ""};
}

TEST_F(PostgresRebuild, WaitsForAWorkersFenceBeforeItTouchesTheMembersRows) {
  fill("M1", 2);
  fill("M2", 2);
  for (const bool marks : {true, false}) {
    set_parser(marks ? "2" : "0");
    auto versions = rebuilt(outdated());
    const auto worker = std::make_shared<postgres::Connection>(executor_of(io_));
    ASSERT_TRUE(run(worker->open(database_->login("worker"), std::chrono::seconds(10))).ok());
    std::vector<postgres::Call> hold{{"BEGIN", {}},
                                     {"UPDATE member_fence SET fence = 2 WHERE member = 'M2'", {}}};
    ASSERT_TRUE(run(worker->run(std::move(hold), std::chrono::seconds(10))).ok());
    std::vector<awaitable<Result<void>>> both;
    if (marks) {
      both.push_back(mark_all(sink_.get(), [](std::uint64_t) {}));
    } else {
      both.push_back(sink_->renew(std::move(versions)));
    }
    both.push_back(work_when_waited_for(worker));
    for (const auto& each : contract::run_together(io_, std::move(both))) {
      EXPECT_TRUE(each.ok()) << each.failure().code << each.failure().detail;
    }
    EXPECT_EQ(count("resource_version WHERE fence = 9"), 2);
  }
}

}  // namespace
}  // namespace claimferry::claims
