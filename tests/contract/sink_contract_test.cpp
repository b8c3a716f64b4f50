// The sink's promises, on SQLite and on the in-memory sink of the simulated world.
#include <filesystem>

#include <gtest/gtest.h>

#include "common/claims/adapter/sqlite_database.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/memory_sink.hpp"

namespace claimferry::claims {
namespace {

const PayerName payer = *PayerName::parse("aetna");

SyncKey key(std::string_view job, std::uint64_t fence) {
  return {payer, {*JobId::parse(job), *MemberId::parse("M1"), Fence{fence}}};
}

class SinkContract : public testing::TestWithParam<const char*> {
 protected:
  SinkContract() {
    std::string form = (std::filesystem::temp_directory_path() / "claimferry-sink-XXXXXX").string();
    directory_ = ::mkdtemp(form.data());
    if (on_sqlite()) {
      sink_ = std::make_unique<SqliteSink>(path(), clock_);
    } else {
      sink_ = std::make_unique<world::MemorySink>();
    }
    EXPECT_TRUE(run(sink_->open()).ok());
  }
  ~SinkContract() override {
    sink_.reset();
    std::filesystem::remove_all(directory_);
  }

  bool on_sqlite() const { return std::string_view(GetParam()) == "sqlite"; }
  std::filesystem::path path() const { return directory_ / "claims.db"; }
  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }

  // A page of claims whose content is their text.
  Result<CommitReport> commit(const SyncKey& to,
                              const std::vector<std::pair<std::string, std::string>>& claims,
                              bool sweep = false) {
    ParsedPage page;
    for (const auto& [id, content] : claims) {
      ResourceRow row;
      row.type = "ExplanationOfBenefit";
      row.id = page.arena.emplace_back(id);
      row.raw = page.arena.emplace_back(content);
      row.content_hash = sha256(content);
      row.change_hash = sha256(content);
      ClaimRow claim;
      claim.resource = static_cast<std::uint32_t>(page.resources.size());
      claim.eob_id = row.id;
      claim.claim_type = "pharmacy";
      claim.submitted = "158.3825000000001";
      claim.paid = "0.10";
      page.rows.claims.push_back(claim);
      page.resources.push_back(row);
    }
    queue::Cursor after;
    after.resource = queue::Resource::eob;
    after.pages = 1;
    after.next_url = "https://payer/next";
    return run(
        sink_->commit({to, queue::Resource::eob, sweep, clock_.wall(), std::move(page), after}));
  }
  CloseReport close(const SyncKey& of, bool sweep, bool complete = true) {
    auto report = run(sink_->close({of, sweep, clock_.wall(), complete, complete}));
    EXPECT_TRUE(report.ok());
    return *report;
  }
  // One complete sweep that sees these claims.
  CloseReport sweep(std::uint64_t fence,
                    const std::vector<std::pair<std::string, std::string>>& claims) {
    const SyncKey of = key("sweep-" + std::to_string(fence), fence);
    EXPECT_TRUE(commit(of, claims, true).ok());
    return close(of, true);
  }
  static std::vector<std::pair<std::string, std::string>> ten_claims(int without = -1) {
    std::vector<std::pair<std::string, std::string>> claims;
    for (int number = 0; number < 10; ++number) {
      if (number != without) {
        claims.emplace_back("c" + std::to_string(number), "content " + std::to_string(number));
      }
    }
    return claims;
  }

  SystemClock clock_;
  boost::asio::io_context io_;
  std::filesystem::path directory_;
  std::unique_ptr<ClaimSink> sink_;
};

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
  const std::vector<std::pair<std::string, std::string>> few{{"c0", "content 0"}};
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

TEST_P(SinkContract, AnErasedMemberTakesNoOlderWrite) {
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
  ASSERT_TRUE(run(sink_->erase(key("erase", 7))).ok());
  EXPECT_EQ(commit(key("j1", 7), {{"a", "one"}}).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(commit(key("j9", 8), {{"a", "one"}})->inserted, 1U);
}

TEST_P(SinkContract, KeepsAmountsToTheLastDigit) {
  if (!on_sqlite()) {
    GTEST_SKIP() << "the in-memory sink keeps no amounts";
  }
  ASSERT_TRUE(commit(key("j1", 5), {{"a", "one"}}).ok());
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
  if (!on_sqlite()) {
    GTEST_SKIP() << "the in-memory sink has no file";
  }
  SqliteSink nowhere(directory_ / "missing" / "claims.db", clock_);
  const auto refused = run(nowhere.open());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "sink_unavailable");
  EXPECT_NE(refused.failure().detail.find("sink.path"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(On, SinkContract, testing::Values("sqlite", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::claims
