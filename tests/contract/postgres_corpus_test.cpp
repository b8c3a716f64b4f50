// Every claim of the corpus into PostgreSQL: bytes and amounts as they were, and in its types.
#include "common/claims/parse.hpp"
#include "tests/contract/postgres_fixture.hpp"
#include "tests/unit/common/claims/corpus_files.hpp"

namespace claimferry::claims {
namespace {

class PostgresCorpus : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    const auto root = corpus();
    if (!root) {
      GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
    }
    eobs_ = read_corpus(*root);
    ASSERT_FALSE(eobs_.empty());
    migrate();
    sink_ = make_sink();
  }
  // A member of its own for each: ids repeat over the files.
  Result<CommitReport> commit_one(std::size_t index) {
    const CorpusEob& eob = eobs_[index];
    const ParseRequest request{queue::Resource::eob, eob.patient, {"/meta/lastUpdated"}};
    auto page = parser_.parse(
        http::Body(R"({"resourceType":"Bundle","entry":[{"resource":)" + eob.raw + "}]}"), request);
    if (!page) {
      return std::move(page.failure());
    }
    return commit(*sink_, key("M" + std::to_string(index), "j1", 1), std::move(*page));
  }
  std::string one(const std::string& sql) { return database_->ask(sql)[0][0]; }

  std::vector<CorpusEob> eobs_;
  PageParser parser_;
  std::unique_ptr<PostgresSink> sink_;
};

TEST_F(PostgresCorpus, EveryClaimComesBackAsItWas) {
  for (std::size_t index = 0; index < eobs_.size(); ++index) {
    const auto report = commit_one(index);
    ASSERT_TRUE(report.ok()) << eobs_[index].file << ": " << report.failure().detail;
    EXPECT_EQ(report->inserted, 1U) << eobs_[index].file;
  }
  const std::string all = std::to_string(eobs_.size());
  EXPECT_EQ(one("SELECT count(*) FROM claim_current"), all);
  EXPECT_EQ(one("SELECT count(*) FROM resource_current WHERE encode(sha256(raw), 'hex') = "
                "content_hash"),
            all);
  const auto raws =
      database_->ask("SELECT member, convert_from(raw, 'UTF8') FROM resource_current");
  for (const auto& row : raws) {
    EXPECT_EQ(row[1], eobs_[std::stoul(row[0].substr(1))].raw);
  }
  // The exact numeric and its text are one number, and both are there or neither.
  for (const auto& column : database_->ask(
           "SELECT c.table_name, left(c.column_name, -4) FROM information_schema.columns c "
           "JOIN pg_class t ON t.relname = c.table_name AND t.relkind = 'p' "
           "WHERE c.data_type = 'numeric'")) {
    EXPECT_EQ(one("SELECT count(*) FROM " + column[0] + " WHERE " + column[1] +
                  "::numeric IS DISTINCT FROM " + column[1] + "_num"),
              "0")
        << column[0] << "." << column[1];
  }
  EXPECT_EQ(one("SELECT count(*) FROM claim WHERE paid_num IS NULL AND paid IS NOT NULL"), "0");
  EXPECT_GT(std::stoul(one("SELECT count(*) FROM claim_line")), eobs_.size());
}

}  // namespace
}  // namespace claimferry::claims
