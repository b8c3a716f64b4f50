// The sink's promises, on SQLite, on PostgreSQL, on segments of NDJSON and on the in-memory sink of
// the simulated world.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "common/base/limits.hpp"
#include "common/claims/adapter/ndjson_sink.hpp"
#include "common/claims/adapter/postgres_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "tests/contract/postgres_database.hpp"
#include "tests/contract/put_row.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/sandbox/judge/segments.hpp"
#include "tests/world/memory_sink.hpp"

namespace claimferry::claims {
namespace {

const PayerName payer = *PayerName::parse("aetna");

SyncKey key(std::string_view job, std::uint64_t fence) {
  return {payer, {*JobId::parse(job), *MemberId::parse("M1"), Fence{fence}}};
}

// Id and content.
using Claims = std::vector<std::pair<std::string, std::string>>;

class SinkContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (on_postgres()) {
      CLAIMFERRY_NEEDS_POSTGRES();
      database_ = &contract::PostgresDatabase::emptied();
      database_->make_user("worker", "claimferry_worker");
      sink_ = std::make_unique<PostgresSink>(executor_of(io_), database_->login("worker"),
                                             postgres::Pool::Options(), clock_, random_);
    } else if (on_sqlite() || on_ndjson()) {
      std::string form =
          (std::filesystem::temp_directory_path() / "claimferry-sink-XXXXXX").string();
      directory_ = ::mkdtemp(form.data());
      if (on_sqlite()) {
        sink_ = std::make_unique<SqliteSink>(path(), clock_);
      } else {
        sink_ = std::make_unique<NdjsonSink>(NdjsonOptions{lake()}, clock_);
      }
    } else {
      sink_ = std::make_unique<world::MemorySink>();
    }
    const auto opened = run(sink_->open());
    ASSERT_TRUE(opened.ok()) << opened.failure().detail;
  }
  ~SinkContract() override {
    sink_.reset();
    std::filesystem::remove_all(directory_);
  }

  bool on_postgres() const { return std::string_view(GetParam()) == "postgres"; }
  bool on_sqlite() const { return std::string_view(GetParam()) == "sqlite"; }
  bool on_ndjson() const { return std::string_view(GetParam()) == "ndjson"; }
  std::filesystem::path path() const { return directory_ / "claims.db"; }
  std::filesystem::path lake() const { return directory_ / "lake"; }
  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }

  // A page of claims whose content is their text.
  Result<CommitReport> commit(const SyncKey& to, const Claims& claims, bool sweep = false) {
    return commit_page(to, queue::Resource::eob, page_of(claims), sweep);
  }
  static ParsedPage page_of(const Claims& claims) {
    ParsedPage page;
    for (const auto& [id, content] : claims) {
      ResourceRow row;
      row.type = "ExplanationOfBenefit";
      row.id = page.texts.add(id);
      row.raw = page.texts.add("{\"text\":\"" + content + "\"}");
      row.content_hash = row.change_hash = sha256(row.raw);
      const auto number = static_cast<std::uint32_t>(page.resources.size());
      put(page, TableId::claim, number,
          {{"claim_type", "pharmacy"}, {"submitted", "158.3825000000001"}, {"paid", "0.10"}});
      page.resources.push_back(row);
    }
    return page;
  }
  static ParsedPage page_of_coverage(const std::string& id) {
    ParsedPage page;
    ResourceRow row;
    row.type = "Coverage";
    row.id = page.texts.add(id);
    row.raw = page.texts.add("{\"coverage\":\"" + id + "\"}");
    row.content_hash = row.change_hash = sha256(row.raw);
    page.resources.push_back(row);
    return page;
  }
  // An entry that we can read no more of than what it is.
  static void quarantine(ParsedPage& page, const std::string& id) {
    const std::string_view raw = page.texts.add("{\"odd\":\"" + id + "\"}");
    const std::string_view entry_id = page.texts.add(id);
    page.quarantined.push_back(
        {raw, "wrong_shape", "/resource/item", true, true, "ExplanationOfBenefit", entry_id});
  }
  Result<CommitReport> commit_page(const SyncKey& to, queue::Resource resource, ParsedPage page,
                                   bool sweep) {
    queue::Cursor after;
    after.resource = queue::Resource::eob;
    after.pages = 1;
    after.next_url = "https://payer/next";
    return run(sink_->commit({to, resource, sweep, clock_.wall(), std::move(page), after}));
  }
  Result<void> quarantine_page(const SyncKey& of, const std::string& reason,
                               const std::string& body) {
    return run(sink_->quarantine_page(
        {of, queue::Resource::eob, clock_.wall(), reason, http::Body(body)}));
  }
  CloseReport close(const SyncKey& of, bool sweep, bool complete = true) {
    auto report = run(sink_->close({of, sweep, clock_.wall(), complete, complete}));
    EXPECT_TRUE(report.ok());
    return *report;
  }
  // One complete sweep that sees these claims.
  CloseReport sweep(std::uint64_t fence, const Claims& claims) {
    const SyncKey of = key("sweep-" + std::to_string(fence), fence);
    EXPECT_TRUE(commit(of, claims, true).ok());
    return close(of, true);
  }
  static Claims ten_claims(int without = -1) {
    Claims claims;
    for (int number = 0; number < 10; ++number) {
      if (number != without) {
        claims.emplace_back("c" + std::to_string(number), "content " + std::to_string(number));
      }
    }
    return claims;
  }

  // Raw bytes of what the sink holds in quarantine, in their order.
  std::vector<std::string> quarantined() {
    std::vector<std::string> raw;
    if (on_postgres()) {
      for (const auto& row : database_->ask("SELECT encode(raw, 'hex') FROM quarantine")) {
        raw.push_back(*from_hex(row[0]));
      }
    } else if (on_ndjson()) {
      sink_.reset();  // ends its segment
      for (const sandbox::SegmentLine& line : sandbox::read_segments(lake())) {
        if (line.operation == "quarantine") {
          raw.push_back(*from_base64(line.raw));
        }
      }
      sink_ = std::make_unique<NdjsonSink>(NdjsonOptions{lake()}, clock_);
    } else if (!on_sqlite()) {
      const auto& members = static_cast<const world::MemorySink&>(*sink_).members();
      for (const auto& [why, bytes] : members.at("M1").quarantine) {
        raw.push_back(bytes);
      }
    } else {
      auto database = SqliteDatabase::open(path(), std::chrono::milliseconds(1'000));
      SqliteStatement ask(*database, "SELECT raw FROM quarantine");
      while (*ask.step()) {
        raw.push_back(ask.text_at(0));
      }
    }
    std::ranges::sort(raw);
    return raw;
  }

  SystemClock clock_;
  SystemRandom random_;
  boost::asio::io_context io_;
  std::filesystem::path directory_;
  contract::PostgresDatabase* database_ = nullptr;
  std::unique_ptr<ClaimSink> sink_;
};

TEST_P(SinkContract, TellsWhatAnEarlierPageOfTheSweepHeldAndCountsItOnceInTheCursor) {
  ASSERT_TRUE(commit(key("j1", 1), {{"a", "1"}, {"b", "1"}}, true));
  PageCommit second{key("j1", 1),
                    queue::Resource::eob,
                    true,
                    clock_.wall(),
                    page_of({{"b", "1"}, {"c", "1"}}),
                    {}};
  second.after.resource = queue::Resource::eob;
  second.after.entries = 4;
  auto report = run(sink_->commit(std::move(second)));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->repeated, 1U);
  EXPECT_EQ((*run(sink_->resume(key("j1", 1))))->entries, 3U);
  EXPECT_EQ(commit(key("j2", 2), {{"a", "1"}, {"b", "1"}}, true)->repeated, 0U);
}

TEST_P(SinkContract, ReplayingAPageChangesNothing) {
  const auto first = commit(key("j1", 5), {{"a", "one"}, {"b", "two"}});
  EXPECT_EQ(first->inserted, 2U);
  const auto again = commit(key("j1", 5), {{"a", "one"}, {"b", "two"}});
  EXPECT_EQ(again->inserted + again->changed, 0U);
  EXPECT_EQ(again->unchanged, 2U);
}

TEST_P(SinkContract, AChangedResourceBecomesANewVersion) {
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  EXPECT_EQ(commit(key("j1", 5), {{"a", "one, adjusted"}})->changed, 1U);
}

TEST_P(SinkContract, TheCursorIsDurableWithThePageAndGoneAtTheClose) {
  EXPECT_FALSE(run(sink_->resume(key("j1", 5)))->has_value());
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  EXPECT_EQ((*run(sink_->resume(key("j1", 6))))->next_url, "https://payer/next");
  EXPECT_FALSE(run(sink_->resume(key("j2", 6)))->has_value());
  close(key("j1", 6), false);
  EXPECT_FALSE(run(sink_->resume(key("j1", 6)))->has_value());
}

TEST_P(SinkContract, ASmallerFenceIsRefusedAndToldTheLargerOne) {
  ASSERT_TRUE(commit(key("j2", 9), {{"a", "one"}}).ok());
  const auto refused = commit(key("j1", 8), {{"a", "stale"}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::lease_lost);
  EXPECT_TRUE(refused.failure().detail.starts_with("9 "));
  EXPECT_EQ(commit(key("j2", 9), {{"a", "one"}})->unchanged, 1U);
}

TEST_P(SinkContract, MarksAbsentOnlyWhatTwoCompleteSweepsInARowMissed) {
  sweep(1, ten_claims());
  EXPECT_EQ(sweep(2, ten_claims(3)).missed_once, 1U);
  EXPECT_EQ(sweep(3, ten_claims(3)).marked_absent, 1U);
  EXPECT_EQ(sweep(4, ten_claims(3)).marked_absent, 0U);
}

TEST_P(SinkContract, ASweepThatSawItAgainBeginsTheCountAnew) {
  sweep(1, ten_claims());
  EXPECT_EQ(sweep(2, ten_claims(3)).missed_once, 1U);
  EXPECT_EQ(sweep(3, ten_claims()).missed_once, 0U);
  EXPECT_EQ(sweep(4, ten_claims(3)).marked_absent, 0U);
}

TEST_P(SinkContract, AnIncompleteSweepProvesNothing) {
  sweep(1, ten_claims());
  for (std::uint64_t fence = 2; fence < 5; ++fence) {
    const SyncKey of = key("s" + std::to_string(fence), fence);
    ASSERT_TRUE(commit(of, ten_claims(3), true).ok());
    const auto report = close(of, true, false);
    EXPECT_EQ(report.missed_once + report.marked_absent, 0U);
  }
}

TEST_P(SinkContract, HoldsASweepAfterWhichMoreThanAFifthWouldVanish) {
  sweep(1, ten_claims());
  const Claims few{{"c0", "content 0"}};
  sweep(2, few);
  const auto report = sweep(3, few);
  EXPECT_TRUE(report.absence_held);
  EXPECT_EQ(report.marked_absent, 0U);
}

TEST_P(SinkContract, AClaimThatCameBackIsPresentAgain) {
  sweep(1, ten_claims());
  sweep(2, ten_claims(3));
  ASSERT_EQ(sweep(3, ten_claims(3)).marked_absent, 1U);
  EXPECT_EQ(commit(key("back", 4), {{"c3", "content 3"}})->changed, 1U);
}

// A crash between the close and the queue's finish, or an answer that was lost, closes again.
TEST_P(SinkContract, OneSweepClosedTwiceCountsOnce) {
  sweep(1, ten_claims());
  const SyncKey second = key("second", 2);
  ASSERT_TRUE(commit(second, ten_claims(3), true).ok());
  EXPECT_EQ(close(second, true).missed_once, 1U);
  for (std::uint64_t fence = 2; fence < 6; ++fence) {
    const auto again = close(key("second", fence), true);
    EXPECT_EQ(again.marked_absent, 0U);
    EXPECT_EQ(again.missed_once, 1U);
  }
  EXPECT_EQ(sweep(6, ten_claims(3)).marked_absent, 1U);
}

// The cursor went with the first close: the same job may pull every page again before the second.
TEST_P(SinkContract, OneSweepPulledAndClosedAgainCountsOnce) {
  sweep(1, ten_claims());
  for (std::uint64_t fence = 2; fence < 5; ++fence) {
    const SyncKey second = key("second", fence);
    EXPECT_FALSE(run(sink_->resume(second))->has_value());
    ASSERT_TRUE(commit(second, ten_claims(3), true).ok());
    const auto report = close(second, true);
    EXPECT_EQ(report.marked_absent, 0U);
    EXPECT_EQ(report.missed_once, 1U);
  }
  EXPECT_EQ(sweep(6, ten_claims(3)).marked_absent, 1U);
}

TEST_P(SinkContract, ASecondCloseOfTheSweepThatMarkedMarksNoMore) {
  sweep(1, ten_claims());
  sweep(2, ten_claims(3));
  const SyncKey third = key("third", 3);
  ASSERT_TRUE(commit(third, ten_claims(3), true).ok());
  EXPECT_EQ(close(third, true).marked_absent, 1U);
  EXPECT_EQ(close(third, true).marked_absent, 0U);
  EXPECT_EQ(commit(key("window", 4), ten_claims(3))->unchanged, 9U);
}

TEST_P(SinkContract, AKnownClaimInAShapeThatCannotBeReadWasSeen) {
  sweep(1, ten_claims());
  for (std::uint64_t fence = 2; fence < 5; ++fence) {
    const SyncKey of = key("sweep-" + std::to_string(fence), fence);
    ParsedPage page = page_of(ten_claims(3));
    quarantine(page, "c3");
    quarantine(page, "unknown");
    ASSERT_TRUE(commit_page(of, queue::Resource::eob, std::move(page), true).ok());
    const auto report = close(of, true);
    EXPECT_EQ(report.missed_once + report.marked_absent, 0U);
  }
  EXPECT_EQ(quarantined().size(), 2U);
}

TEST_P(SinkContract, AKnownClaimInAShapeThatCannotBeReadEndsAMissInAWindowToo) {
  sweep(1, ten_claims());
  EXPECT_EQ(sweep(2, ten_claims(3)).missed_once, 1U);
  ParsedPage page;
  quarantine(page, "c3");
  ASSERT_TRUE(commit_page(key("window", 3), queue::Resource::eob, std::move(page), false).ok());
  EXPECT_EQ(sweep(4, ten_claims(3)).missed_once, 1U);
}

TEST_P(SinkContract, AWindowThatSeesAMissedClaimBeginsTheCountAnew) {
  sweep(1, ten_claims());
  EXPECT_EQ(sweep(2, ten_claims(3)).missed_once, 1U);
  EXPECT_EQ(commit(key("window", 3), {{"c3", "content 3"}})->unchanged, 1U);
  const auto report = sweep(4, ten_claims(3));
  EXPECT_EQ(report.missed_once, 1U);
  EXPECT_EQ(report.marked_absent, 0U);
}

TEST_P(SinkContract, AClaimThatCameBackInAWindowIsMissedFromTheStart) {
  sweep(1, ten_claims());
  sweep(2, ten_claims(3));
  ASSERT_EQ(sweep(3, ten_claims(3)).marked_absent, 1U);
  ASSERT_EQ(commit(key("window", 4), {{"c3", "content 3"}})->changed, 1U);
  EXPECT_EQ(sweep(5, ten_claims(3)).missed_once, 1U);
  EXPECT_EQ(sweep(6, ten_claims(3)).marked_absent, 1U);
}

// Of a type that no sweep saw to its end, neither a miss is counted nor absence marked.
TEST_P(SinkContract, JudgesOnlyTheTypesThatWereComplete) {
  sweep(1, {{"c0", "content 0"}});
  ASSERT_TRUE(
      commit_page(key("sweep-1", 1), queue::Resource::coverage, page_of_coverage("v"), true).ok());
  // The only claim is missed twice, and held: it would be more than a fifth.
  const auto close_of = [this](std::uint64_t fence, bool coverage, bool eob) {
    const SyncKey of = key("sweep-" + std::to_string(fence), fence);
    return *run(sink_->close({of, true, clock_.wall(), coverage, eob}));
  };
  close_of(2, false, true);
  EXPECT_TRUE(close_of(3, false, true).absence_held);
  ASSERT_TRUE(commit(key("more", 4), ten_claims(0)).ok());
  const auto first = close_of(5, true, false);
  EXPECT_EQ(first.missed_once, 1U);
  EXPECT_EQ(first.marked_absent, 0U);
  const auto second = close_of(6, true, false);
  EXPECT_EQ(second.missed_once, 0U);
  EXPECT_EQ(second.marked_absent, 1U);
  EXPECT_FALSE(second.absence_held);
  EXPECT_EQ(commit(key("window", 7), {{"c0", "content 0"}})->unchanged, 1U);
}

TEST_P(SinkContract, KeepsABadPageWholeAndOnce) {
  const std::string page("{\"entry\": [\0 \xff", 14);
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  ASSERT_TRUE(quarantine_page(key("j1", 5), "page_not_utf8", page).ok());
  ASSERT_TRUE(quarantine_page(key("j1", 6), "page_not_utf8", page).ok());
  EXPECT_EQ(quarantined(), std::vector<std::string>{page});
  EXPECT_EQ((*run(sink_->resume(key("j1", 6))))->pages, 1U);
  ASSERT_TRUE(quarantine_page(key("j1", 6), "page_not_json", "").ok());
  EXPECT_EQ(quarantined(), (std::vector<std::string>{"", page}));
}

// limits::body_bytes_max
TEST_P(SinkContract, KeepsNoMoreOfABadPageThanBodyBytesMax) {
  const std::string page(limits::body_bytes_max + 1, '[');
  ASSERT_TRUE(quarantine_page(key("j1", 5), "page_too_deep", page.substr(1)).ok());
  ASSERT_TRUE(quarantine_page(key("j1", 5), "page_too_deep", page).ok());
  const auto kept = quarantined();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].size(), limits::body_bytes_max);
}

TEST_P(SinkContract, ABadPageIsKeptUnderTheFenceOnly) {
  ASSERT_TRUE(commit(key("j2", 9), {{"a", "one"}}).ok());
  const auto refused = quarantine_page(key("j1", 8), "page_not_json", "<html>");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::lease_lost);
  EXPECT_TRUE(refused.failure().detail.starts_with("9 "));
  EXPECT_TRUE(quarantined().empty());
  ASSERT_TRUE(run(sink_->erase(key("erase", 10))).ok());
  EXPECT_FALSE(quarantine_page(key("j1", 10), "page_not_json", "<html>").ok());
  EXPECT_TRUE(quarantined().empty());
}

TEST_P(SinkContract, AnErasedMemberTakesNoOlderWrite) {
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  ASSERT_TRUE(run(sink_->erase(key("erase", 7))).ok());
  EXPECT_EQ(commit(key("j1", 7), {{"a", "one"}}).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(commit(key("j9", 8), {{"a", "one"}})->inserted, 1U);
}

TEST_P(SinkContract, KeepsAmountsToTheLastDigit) {
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  if (on_postgres()) {
    EXPECT_EQ(
        database_->ask("SELECT submitted, submitted_num, paid, paid_num, allowed, allowed_num "
                       "FROM claim_current"),
        (contract::Rows{{"158.3825000000001", "158.3825000000001", "0.10", "0.10", "-", "-"}}));
    return;
  }
  if (!on_sqlite()) {
    GTEST_SKIP() << "only databases keep amounts of their own";
  }
  auto database = SqliteDatabase::open(path(), std::chrono::milliseconds(1'000));
  ASSERT_TRUE(database.ok());
  SqliteStatement ask(
      *database,
      "SELECT submitted, submitted_e4, paid, paid_e4, amount_inexact, allowed IS NULL "
      "FROM claim_current");
  ASSERT_TRUE(*ask.step());
  EXPECT_EQ(ask.text_at(0), "158.3825000000001");
  EXPECT_EQ(ask.integer_at(1), 1'583'825);
  EXPECT_EQ(ask.text_at(2), "0.10");
  EXPECT_EQ(ask.integer_at(3), 1'000);
  EXPECT_EQ(ask.integer_at(4), 1);
  EXPECT_EQ(ask.integer_at(5), 1);
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_P(SinkContract, SaysWhatIsWrongWithAFileThatIsNoDatabaseOfOurs) {
  if (!on_sqlite() && !on_ndjson()) {
    GTEST_SKIP() << "only SQLite and NDJSON have a path";
  }
  const auto missing = directory_ / "missing" / "claims";
  std::unique_ptr<ClaimSink> nowhere;
  if (on_sqlite()) {
    nowhere = std::make_unique<SqliteSink>(missing, clock_);
  } else {
    nowhere = std::make_unique<NdjsonSink>(NdjsonOptions{missing}, clock_);
  }
  const auto refused = run(nowhere->open());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "sink_unavailable");
  EXPECT_NE(refused.failure().detail.find("sink.path"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(On, SinkContract,
                         testing::Values("sqlite", "postgres", "ndjson", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::claims
