// What an erasure leaves in PostgreSQL: of the member no row, and in the database's files nothing
// either once its owner has written the tables anew.
#include <fstream>
#include <sstream>

#include "tests/contract/postgres_fixture.hpp"

namespace claimferry::claims {
namespace {

class PostgresErasure : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    migrate();
    sink_ = make_sink();
    ASSERT_TRUE(run(sink_->open()).ok());
  }

  // Every text that is kept of a claim bears the word; some go into pages of their own.
  static ParsedPage page_of(const std::string& word, int from, int claims) {
    ParsedPage page;
    const auto kept = [&page, &word](const std::string& text) {
      return page.texts.add(word + text);
    };
    for (int number = from; number < from + claims; ++number) {
      const std::string mark = "-" + std::to_string(number);
      const std::uint32_t at =
          add(page, word + "-id" + mark,
              word + "-raw" + mark + std::string(static_cast<std::size_t>(number % 7) * 900, '.'));
      page.resources[at].full_url = kept("-url" + mark);
      put(page, TableId::claim, at, {{"provider_display", kept("-provider" + mark)}});
      put(page, TableId::claim_line, at, {{"product_display", kept("-product" + mark)}});
      put(page, TableId::provider, at, {{"name", kept("-name" + mark)}});
      page.rows.loose().push_back({at, "/odd", {}, "string", kept("-loose" + mark)});
    }
    page.quarantined.push_back({kept("-odd" + std::to_string(from)), "wrong_shape", "/resource",
                                true, true, "ExplanationOfBenefit",
                                kept("-oddid" + std::to_string(from))});
    return page;
  }
  void commit_page(const std::string& number, std::uint64_t fence, int from, int claims) {
    const std::string word = "canary" + number;
    PageCommit page = commit_of(key("M" + number, "j" + std::to_string(fence), fence),
                                page_of(word, from, claims));
    page.after.next_url = "https://payer/" + word + "-link-" + std::to_string(from);
    const auto report = run(sink_->commit(std::move(page)));
    ASSERT_TRUE(report.ok()) << report.failure().detail;
  }
  // Members whose rows lie between and beside each other; versions that others replaced; a page
  // that became none.
  void fill() {
    for (const std::string number : {"1", "2", "3"}) {
      commit_page(number, 10, 0, 40);
    }
    for (const std::string number : {"1", "2", "3"}) {
      commit_page(number, 11, 20, 40);
      ASSERT_TRUE(run(sink_->quarantine_page({key("M" + number, "j11", 11), queue::Resource::eob,
                                              clock_.wall(), "page_not_json",
                                              http::Body("<canary" + number + "-page>")}))
                      .ok());
    }
  }
  void erase() {
    const auto erased = run(sink_->erase(key("M2", "erase", 20)));
    ASSERT_TRUE(erased.ok()) << erased.failure().detail;
  }
  // How often a word stands in the bytes of the database's files, the log aside.
  std::size_t found(const std::string& word) {
    database_->ask("CHECKPOINT");
    const std::string id =
        database_->ask("SELECT oid FROM pg_database WHERE datname = current_database()")[0][0];
    const auto files = contract::PostgresServer::shared().directory() / "data" / "base" / id;
    std::size_t times = 0;
    for (const auto& entry : std::filesystem::directory_iterator(files)) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << file.rdbuf();
      const std::string_view text = bytes.view();
      for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        ++times;
      }
    }
    return times;
  }
  // Tables of the product's that have rows or had some, and the server's own samples of values.
  void write_anew() {
    for (const auto& table :
         database_->ask("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                        "'public'::regnamespace AND pg_relation_size(oid) > 0")) {
      database_->ask("VACUUM (FULL, ANALYZE) " + table[0]);
    }
    database_->ask("VACUUM FULL pg_statistic");
  }

  std::unique_ptr<PostgresSink> sink_;
};

TEST_F(PostgresErasure, NoTableHoldsARowOfTheMemberAndAnothersAllStay) {
  fill();
  const std::int64_t of_another = rows_of("M3");
  ASSERT_GT(rows_of("M2"), 300);
  erase();
  for (const auto& table : database_->ask(
           "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = "
           "'public' AND column_name = 'member' AND table_name NOT IN ('member_fence', "
           "'tombstone')")) {
    EXPECT_EQ(database_->ask("SELECT count(*) FROM " + table[0] + " WHERE member = 'M2'"),
              (contract::Rows{{"0"}}))
        << table[0];
  }
  EXPECT_EQ(rows_of("M3"), of_another);
  EXPECT_EQ(database_->ask("SELECT payer, member, fence FROM tombstone"),
            (contract::Rows{{"aetna", "M2", "20"}}));
}

TEST_F(PostgresErasure, NothingStandsInTheFilesOnceTheirOwnerHasWrittenThemAnew) {
  fill();
  ASSERT_GT(found("canary2"), 500U);
  erase();
  // Dead rows wait for VACUUM, as always in PostgreSQL: README.
  EXPECT_GT(found("canary2"), 0U);
  write_anew();
  EXPECT_EQ(found("canary2"), 0U);
  EXPECT_GT(found("canary3"), 500U);
}

TEST_F(PostgresErasure, NothingComesBackFromAWorkerThatStoodStillBeforeItsCommit) {
  fill();
  erase();
  const SyncKey late = key("M2", "j10", 10);
  const auto page = run(sink_->commit(commit_of(late, page_of("canary2", 0, 5))));
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.failure().code, "sink_erased");
  EXPECT_EQ(page.failure().kind, FailureKind::lease_lost);
  EXPECT_FALSE(run(sink_->quarantine_page({late, queue::Resource::eob, clock_.wall(),
                                           "page_not_json", http::Body("<canary2>")}))
                   .ok());
  EXPECT_FALSE(run(sink_->close({late, true, clock_.wall(), true, true})).ok());
  EXPECT_EQ(rows_of("M2"), 0);
  EXPECT_EQ(database_->ask("SELECT fence FROM tombstone"), (contract::Rows{{"20"}}));
  // Who consents again has a later fence.
  EXPECT_TRUE(commit(*sink_, key("M2", "j30", 30), page_of("canary2", 0, 1)).ok());
}

// An erasure waits for no reader, unlike SQLite's; the reader goes on with what it saw.
TEST_F(PostgresErasure, IsDoneBesideAReaderOfTheOldRows) {
  fill();
  postgres::Connection reader(executor_of(io_));
  ASSERT_TRUE(run(reader.open(database_->login(), std::chrono::seconds(10))).ok());
  const std::string_view ask = "SELECT count(*) FROM claim WHERE member = 'M2'";
  std::vector<postgres::Call> begin{{"BEGIN ISOLATION LEVEL REPEATABLE READ", {}}, {ask, {}}};
  ASSERT_TRUE(run(reader.run(std::move(begin), std::chrono::seconds(10))).ok());
  erase();
  std::vector<postgres::Call> again{{ask, {}}, {"COMMIT", {}}, {ask, {}}};
  const auto answers = run(reader.run(std::move(again), std::chrono::seconds(10)));
  ASSERT_TRUE(answers.ok());
  EXPECT_GT(answers->at(0).integer(0, 0), 0);
  EXPECT_EQ(answers->at(2).integer(0, 0), 0);
}

}  // namespace
}  // namespace claimferry::claims
