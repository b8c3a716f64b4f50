// Every claim of the corpus through the parser and the SQLite sink: rows come out, raw bytes come
// back as they were, amounts as they were written.
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "common/claims/json_walk.hpp"
#include "common/claims/parse.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"
#include "tests/unit/common/claims/corpus_files.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"
#include "tests/unit/common/claims/tables/rebuild.hpp"

namespace claimferry::claims {
namespace {

class Corpus : public StoreFixture {
 protected:
  void SetUp() override {
    const auto root = corpus();
    if (!root) {
      GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
    }
    eobs_ = read_corpus(*root);
    ASSERT_EQ(eobs_.size(), count_eobs(*root)) << "some files hold claims where nobody looks";
    ASSERT_FALSE(eobs_.empty());
  }

  // A member of its own for each: ids repeat over the files.
  static std::string member(std::size_t index) { return "M" + std::to_string(index); }

  void commit(ClaimSink& sink, std::size_t index) {
    const CorpusEob& eob = eobs_[index];
    const ParseRequest request{queue::Resource::eob, eob.patient, {"/meta/lastUpdated"}};
    auto page = parser_.parse(
        http::Body(R"({"resourceType":"Bundle","entry":[{"resource":)" + eob.raw + "}]}"), request);
    ASSERT_TRUE(page) << eob.file;
    ASSERT_TRUE(page->quarantined.empty())
        << eob.file << ": " << page->quarantined[0].reason << page->quarantined[0].pointer;
    ASSERT_EQ(page->rows.of(TableId::claim).size(), 1U) << eob.file;
    EXPECT_FALSE(RowView(*page, TableId::claim, 0)["claim_type"].empty()) << eob.file;
    PageCommit commit{key(member(index)), queue::Resource::eob, true,
                      WallTime(),         std::move(*page),     {}};
    auto report = contract::run(io_, sink.commit(std::move(commit)));
    ASSERT_TRUE(report) << eob.file << ": " << report.failure().detail;
    EXPECT_EQ(report->inserted, 1U) << eob.file;
  }

  void expect_bytes(SqliteDatabase& database, std::size_t index) const {
    const CorpusEob& eob = eobs_[index];
    SqliteStatement ask(database,
                        "SELECT raw, content_hash FROM resource_current WHERE member = ?");
    const std::string whose = member(index);
    ASSERT_TRUE(*ask.text(whose).step()) << eob.file;
    EXPECT_EQ(ask.text_at(0), eob.raw) << eob.file;
    EXPECT_EQ(ask.text_at(1), to_hex(sha256(eob.raw))) << eob.file;
    EXPECT_FALSE(*ask.step()) << eob.file;
  }

  // An amount that stands once in `total` is the claim's, to the last digit and zero.
  void expect_amounts(SqliteDatabase& database, std::size_t index) {
    const CorpusEob& eob = eobs_[index];
    const EobFacts facts = facts_of(eob.raw);
    const std::string whose = member(index);
    SqliteStatement ask(database,
                        "SELECT submitted, allowed, member_liability FROM claim_current "
                        "WHERE member = ?");
    ASSERT_TRUE(*ask.text(whose).step()) << eob.file;
    const std::vector<std::string>* levels[] = {&facts.submitted, &facts.eligible,
                                                &facts.memberliability};
    for (int column = 0; column < 3; ++column) {
      if (levels[column]->size() == 1) {
        EXPECT_EQ(ask.text_at(column), levels[column]->front()) << eob.file << " " << column;
        ++amounts_;
      }
    }
    EXPECT_FALSE(*ask.step()) << eob.file;
    SqliteStatement lines(database,
                          "SELECT net FROM claim_line_current WHERE member = ? AND path = 'item' "
                          "ORDER BY line_sequence");
    lines.text(whose);
    std::vector<std::string> nets;
    while (*lines.step()) {
      nets.push_back(lines.text_at(0));
    }
    EXPECT_EQ(nets, facts.nets) << eob.file;
    amounts_ += nets.size();
  }

  SystemClock clock_;
  boost::asio::io_context io_;
  PageParser parser_;
  std::vector<CorpusEob> eobs_;
  std::size_t amounts_ = 0;
};

TEST_F(Corpus, EveryClaimComesBackAsItWas) {
  {
    SqliteSink sink(path(), clock_);
    ASSERT_TRUE(contract::run(io_, sink.open()).ok());
    for (std::size_t index = 0; index < eobs_.size(); ++index) {
      commit(sink, index);
    }
  }
  EXPECT_EQ(count("claim_current"), static_cast<std::int64_t>(eobs_.size()));
  EXPECT_EQ(count("resource_current"), static_cast<std::int64_t>(eobs_.size()));
  EXPECT_EQ(count("quarantine"), 0);
  SqliteDatabase database = beside();
  for (std::size_t index = 0; index < eobs_.size(); ++index) {
    expect_bytes(database, index);
    expect_amounts(database, index);
  }
  EXPECT_GT(amounts_, eobs_.size());
  std::printf("%zu claims, %zu amounts\n", eobs_.size(), amounts_);
}

// What SQLite holds of one resource; each member has one.
Leaves rebuilt_from(SqliteDatabase& database, const std::string& member, const std::string& type,
                    const std::string& id) {
  std::vector<StoredCell> cells;
  for (const Table& table : tables()) {
    SqliteStatement ask(database, "SELECT * FROM " + table.name + "_current WHERE member = ?");
    ask.text(member);
    while (*ask.step()) {
      int at = table.typed ? 6 : 5;
      const std::string row = ask.text_at(at - 1);
      for (const Column& column : table.columns) {
        if (!ask.null_at(at)) {
          const bool is_flag = column.kind == ColumnKind::flag;
          const std::string text = ask.text_at(at);
          cells.push_back({row, column, !is_flag ? text : text == "1" ? "true" : "false"});
        }
        const bool is_date = column.kind == ColumnKind::date || column.kind == ColumnKind::open_end;
        at += is_date ? 3 : column.kind == ColumnKind::decimal ? 2 : 1;
      }
    }
  }
  std::vector<StoredValue> loose;
  SqliteStatement ask(database,
                      "SELECT pointer, url, value_type, value FROM extension_kv_current "
                      "WHERE member = ?");
  ask.text(member);
  while (*ask.step()) {
    const auto url = ask.null_at(1) ? std::nullopt : std::optional(ask.text_at(1));
    loose.push_back({ask.text_at(0), url, ask.text_at(2), ask.text_at(3)});
  }
  return rebuild(cells, loose, type, id);
}

TEST_F(Corpus, EveryValueComesBackFromTheDatabase) {
  {
    SqliteSink sink(path(), clock_);
    ASSERT_TRUE(contract::run(io_, sink.open()).ok());
    for (std::size_t index = 0; index < eobs_.size(); ++index) {
      commit(sink, index);
    }
  }
  SqliteDatabase database = beside();
  for (std::size_t index = 0; index < eobs_.size(); ++index) {
    const CorpusEob& eob = eobs_[index];
    const simdjson::padded_string padded(eob.raw);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document = parser.iterate(padded);
    JsonTape tape;
    TextArena texts;
    std::size_t nodes_left = limits::json_nodes_per_page_max;
    ASSERT_FALSE(JsonWalk(tape, texts, nodes_left).object(document.get_object().value(), 0));
    const JsonView resource(tape, 0);
    EXPECT_EQ(rebuilt_from(database, member(index), "ExplanationOfBenefit",
                           std::string(resource["id"].text())),
              leaves_of(tape))
        << eob.file;
  }
}

}  // namespace
}  // namespace claimferry::claims
