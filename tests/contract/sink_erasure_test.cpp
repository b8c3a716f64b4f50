// What an erasure leaves in the files of a sink: of the member's claims nothing, byte for byte.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "common/claims/adapter/ndjson_sink.hpp"
#include "common/claims/adapter/sqlite_database.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "tests/contract/put_row.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::claims {
namespace {

const PayerName payer = *PayerName::parse("aetna");

SyncKey key(const std::string& member, std::string_view job, std::uint64_t fence) {
  return {payer, {*JobId::parse(job), *MemberId::parse(member), Fence{fence}}};
}

class SinkErasure : public testing::TestWithParam<const char*> {
 protected:
  SinkErasure() {
    std::string form =
        (std::filesystem::temp_directory_path() / "claimferry-erase-XXXXXX").string();
    directory_ = ::mkdtemp(form.data());
  }
  void SetUp() override { open(); }
  ~SinkErasure() override {
    sink_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    sink_.reset();
    if (on_sqlite()) {
      sink_ = std::make_unique<SqliteSink>(path(), clock_);
    } else {
      // Each member's lines come to stand in several segments.
      sink_ = std::make_unique<NdjsonSink>(NdjsonOptions{directory_, 256 * limits::KiB}, clock_);
    }
    ASSERT_TRUE(run(sink_->open()).ok());
  }
  static bool on_sqlite() { return std::string_view(GetParam()) == "sqlite"; }
  std::filesystem::path path() const { return directory_ / "claims.db"; }
  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }

  // Every text that is kept of a claim bears the word; some go into pages of their own.
  static ParsedPage page_of(const std::string& word, int from, int claims) {
    ParsedPage page;
    const auto kept = [&page, &word](const std::string& text) {
      return page.texts.add(word + text);
    };
    for (int number = from; number < from + claims; ++number) {
      const std::string mark = "-" + std::to_string(number);
      ResourceRow row;
      row.type = "ExplanationOfBenefit";
      row.id = kept("-id" + mark);
      row.raw = kept("-raw" + mark + std::string(static_cast<std::size_t>(number % 7) * 900, '.'));
      row.full_url = kept("-url" + mark);
      row.content_hash = row.change_hash = sha256(row.raw);
      const auto number_of = static_cast<std::uint32_t>(page.resources.size());
      put(page, TableId::claim, number_of, {{"provider_display", kept("-provider" + mark)}});
      put(page, TableId::claim_line, number_of, {{"product_display", kept("-product" + mark)}});
      put(page, TableId::provider, number_of, {{"name", kept("-name" + mark)}});
      page.rows.loose().push_back({number_of, "/odd", {}, "string", kept("-loose" + mark)});
      page.resources.push_back(row);
    }
    page.quarantined.push_back({kept("-odd" + std::to_string(from)), "wrong_shape", "/resource",
                                true, true, "ExplanationOfBenefit",
                                kept("-oddid" + std::to_string(from))});
    return page;
  }
  void commit(const std::string& member, const std::string& word, std::uint64_t fence, int from,
              int claims) {
    queue::Cursor after;
    after.resource = queue::Resource::eob;
    after.pages = 1;
    after.next_url = "https://payer/" + word + "-link-" + std::to_string(from);
    const auto report =
        run(sink_->commit({key(member, "j" + std::to_string(fence), fence), queue::Resource::eob,
                           true, clock_.wall(), page_of(word, from, claims), after}));
    ASSERT_TRUE(report.ok()) << report.failure().detail;
  }
  // Members whose rows lie between and beside each other, and come in many pages.
  void fill() {
    for (int round = 0; round < 12; ++round) {
      for (int number = 0; number < 5; ++number) {
        const std::string name = std::to_string(number);
        commit("M" + name, "canary" + name, 10, round * 25, 25);
      }
    }
    // New versions of some: what they replaced stays until the erasure.
    for (int number = 0; number < 5; ++number) {
      const std::string name = std::to_string(number);
      commit("M" + name, "canary" + name, 11, 5, 60);
      ASSERT_TRUE(run(sink_->quarantine_page({key("M" + name, "j11", 11), queue::Resource::eob,
                                              clock_.wall(), "page_not_json",
                                              http::Body("<canary" + name + "-page>")}))
                      .ok());
    }
  }
  Result<void> erase(const std::string& member) {
    return run(sink_->erase(key(member, "erase", 20)));
  }
  // How often a word stands in the bytes of the sink's files, logs and indexes of logs included.
  std::size_t found(const std::string& word) const {
    std::size_t times = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << file.rdbuf();
      const std::string text = bytes.str();
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++times;
      }
    }
    return times;
  }

  boost::asio::io_context io_;
  SystemClock clock_;
  std::filesystem::path directory_;
  std::unique_ptr<ClaimSink> sink_;
};

TEST_P(SinkErasure, NothingOfTheMemberStandsInTheFilesNotEvenInWhatWasReplacedOrFreed) {
  fill();
  ASSERT_GT(found("canary2"), 1'000U);
  const std::size_t of_another = found("canary3");
  const auto erased = erase("M2");
  ASSERT_TRUE(erased.ok()) << erased.failure().detail;
  EXPECT_EQ(found("canary2"), 0U);
  EXPECT_GT(of_another, 1'000U);
  EXPECT_GT(found("canary3"), 500U);
}

TEST_P(SinkErasure, NothingComesBackFromAWorkerThatStoodStillBeforeItsCommit) {
  fill();
  ASSERT_TRUE(erase("M2").ok());
  queue::Cursor after;
  const auto late = run(sink_->commit({key("M2", "j10", 10), queue::Resource::eob, false,
                                       clock_.wall(), page_of("canary2", 0, 5), after}));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.failure().code, "sink_erased");
  EXPECT_FALSE(
      run(sink_->quarantine_page({key("M2", "j10", 10), queue::Resource::eob, clock_.wall(),
                                  "page_not_json", http::Body("<canary2>")}))
          .ok());
  EXPECT_FALSE(run(sink_->close({key("M2", "j10", 10), true, clock_.wall(), true, true})).ok());
  EXPECT_EQ(found("canary2"), 0U);
}

// A reader of the user's keeps the log alive: the erasure is not done, and says why.
TEST_P(SinkErasure, IsNotDoneWhileAReaderHoldsTheOldPagesAndIsWhenItEnds) {
  if (!on_sqlite()) {
    GTEST_SKIP() << "only a database has readers who hold its pages";
  }
  fill();
  auto reader = SqliteDatabase::open(path(), std::chrono::milliseconds(100));
  ASSERT_TRUE(reader.ok());
  SqliteStatement read(*reader, "SELECT eob_id FROM claim");
  ASSERT_TRUE(*read.step());
  const auto held = erase("M2");
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.failure().code, "sink_busy");
  EXPECT_EQ(held.failure().kind, FailureKind::local);
  read.reset();
  const auto again = run(sink_->erase(key("M2", "erase", 21)));
  ASSERT_TRUE(again.ok()) << again.failure().detail;
  EXPECT_EQ(found("canary2"), 0U);
}

// The files of sinks that are this machine's; a server's are its own.
INSTANTIATE_TEST_SUITE_P(On, SinkErasure, testing::Values("sqlite", "ndjson"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::claims
