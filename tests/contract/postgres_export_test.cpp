// Exports of a PostgreSQL sink: the same files, byte for byte, as those of a SQLite sink that holds
// the same claims.
#include "common/claims/adapter/postgres_export.hpp"

#include <sstream>

#include "common/base/limits.hpp"
#include "common/claims/adapter/sqlite_export.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "tests/contract/postgres_fixture.hpp"
#include "tests/unit/common/claims/corpus_files.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

const ExportTold no_one = [](std::uint64_t) {};
// Every value that stands in files in a way of its own.
constexpr std::string_view odd_claim =
    R"("type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type",)"
    R"("code":"professional"}]},"status":"active","use":"claim","created":"2024-02",)"
    R"("disposition":"a, \"b\"\nc","provider":{"display":""},"odd":"loose","item":[)"
    R"({"sequence":10,"adjudication":[{"category":{"coding":[{"system":)"
    R"("http://terminology.hl7.org/CodeSystem/adjudication","code":"submitted"}]},)"
    R"("amount":{"value":1.50e1}}],"quantity":{"value":-0}},)"
    R"({"sequence":2,"quantity":{"value":1e2}},{"sequence":2,"quantity":{"value":0.50}}],)"
    R"("payment":{"date":"2024-02-03","amount":{"value":158.3825000000001}})";

class PostgresExportTest : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    migrate();
    database_->make_user("reader", "claimferry_reader");
    sink_ = make_sink();
    std::string form =
        (std::filesystem::temp_directory_path() / "claimferry-export-XXXXXX").string();
    directory_ = ::mkdtemp(form.data());
    file_ = std::make_unique<SqliteSink>(directory_ / "claims.db", clock_);
    ASSERT_TRUE(run(sink_->open()).ok());
    ASSERT_TRUE(run(file_->open()).ok());
  }
  void TearDown() override {
    file_.reset();
    if (!directory_.empty()) {
      std::filesystem::remove_all(directory_);
    }
  }
  // Into both.
  void put_page(const std::string& member, const std::string& body,
                const ParseRequest& request = request_for()) {
    const auto resource = request.resource;
    const std::vector<ClaimSink*> sinks{sink_.get(), file_.get()};
    for (ClaimSink* sink : sinks) {
      auto page = parser_.parse(http::Body(body), request);
      ASSERT_TRUE(page.ok()) << page.failure().detail;
      PageCommit commit = commit_of(key(member, "j1", 1), std::move(*page));
      commit.resource = resource;
      commit.at = WallTime(std::chrono::milliseconds(1'780'272'000'123));
      const auto done = run(sink->commit(std::move(commit)));
      ASSERT_TRUE(done.ok()) << done.failure().detail;
    }
  }
  std::unique_ptr<PostgresExport> open_database(const std::string& user = "reader") {
    auto opened = std::make_unique<PostgresExport>(executor_of(io_));
    const auto ready = run(opened->open(database_->login(user)));
    EXPECT_TRUE(ready.ok()) << ready.failure().detail;
    return opened;
  }
  SqliteExport open_file() { return *SqliteExport::open(directory_ / "claims.db"); }
  void expect_same_files() {
    const auto database = open_database();
    SqliteExport file = open_file();
    for (const ExportView& view : export_views()) {
      std::ostringstream one;
      std::ostringstream other;
      const auto of_file = file.csv(view.name, one, no_one);
      const auto of_database = run(database->csv(view.name, &other, no_one));
      ASSERT_TRUE(of_database.ok()) << view.name << ": " << of_database.failure().detail;
      EXPECT_EQ(*of_file, *of_database) << view.name;
      expect_equal(one.str(), other.str(), view.name);
    }
    for (const std::string type : {"ExplanationOfBenefit", "Coverage", "Patient"}) {
      std::ostringstream one;
      std::ostringstream other;
      const auto of_file = file.fhir(type, one, no_one);
      const auto of_database = run(database->fhir(type, &other, no_one));
      ASSERT_TRUE(of_database.ok()) << of_database.failure().detail;
      EXPECT_EQ(*of_file, *of_database);
      EXPECT_GT(*of_file, 0U) << type;
      expect_equal(one.str(), other.str(), type);
    }
  }
  // The first line in which they differ, and not all of both.
  static void expect_equal(const std::string& file, const std::string& database,
                           const std::string& what) {
    std::istringstream one(file);
    std::istringstream other(database);
    std::string line;
    std::string against;
    while (std::getline(one, line) && std::getline(other, against)) {
      ASSERT_EQ(line, against) << what;
    }
    EXPECT_TRUE(file == database) << what;
  }

  PageParser parser_;
  std::filesystem::path directory_;
  std::unique_ptr<PostgresSink> sink_;
  std::unique_ptr<SqliteSink> file_;
};

TEST_F(PostgresExportTest, WritesTheSameFilesAsASqliteSinkOfTheSameClaims) {
  const ParseRequest coverages = request_for(queue::Resource::coverage);
  const ParseRequest patient = request_for(queue::Resource::patient);
  for (const std::string member : {"m2", "M1", "M10", "a-b", "a_b", "ab"}) {
    put_page(member,
             R"({"resourceType":"Patient","id":"p1","gender":"female","deceasedBoolean":false,)"
             R"("birthDate":"1970","name":[{"family":"O\"Hara","given":["A","B"]}]})",
             patient);
    put_page(member,
             bundle({R"({"resourceType":"Coverage","id":"c1","status":"active",)"
                     R"("beneficiary":{"reference":"Patient/p1"},)"
                     R"("period":{"start":"2024-01-01T10:00:00+02:00"}})"}),
             coverages);
    put_page(member, bundle({eob("e2", odd_claim), eob("E1", odd_claim), eob("e10", odd_claim)}));
  }
  if (const auto root = corpus()) {
    const auto eobs = read_corpus(*root);
    for (std::size_t index = 0; index < eobs.size(); index += 6) {
      put_page("C" + std::to_string(index), bundle({eobs[index].raw}),
               {queue::Resource::eob, eobs[index].patient, {}});
    }
  }
  expect_same_files();
}

TEST_F(PostgresExportTest, OfLargeResourcesItHoldsFewAndWritesAllInTheirOrder) {
  const std::string long_text(limits::export_bytes_max / 3, 'x');
  for (const std::string id : {"c", "a", "e", "b", "d"}) {
    put_page("M1", bundle({eob(id, R"("disposition":")" + long_text + id + '"')}));
  }
  std::ostringstream one;
  std::ostringstream other;
  std::vector<std::uint64_t> told;
  const auto database = open_database("worker");
  ASSERT_TRUE(open_file().fhir("ExplanationOfBenefit", one, no_one).ok());
  ASSERT_TRUE(run(database->fhir("ExplanationOfBenefit", &other, [&told](std::uint64_t rows) {
                told.push_back(rows);
              })).ok());
  EXPECT_TRUE(one.str() == other.str());
  // Two together would be more than it may hold, in hexadecimal.
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(PostgresExportTest, ManyRowsComeInManyParts) {
  const auto put_rows = [this](const std::string& member) {
    database_->ask(
        "INSERT INTO claim_note (payer, member, eob_id, version, pointer) SELECT 'aetna', '" +
        member + "', 'e1', 1, '/note/' || n FROM generate_series(1, 12000) AS n");
  };
  put_page("M1", bundle({eob("e1")}));
  put_rows("M1");
  std::ostringstream out;
  std::vector<std::uint64_t> told;
  const auto database = open_database();
  const auto rows = run(database->csv("claim_note_current", &out,
                                      [&told](std::uint64_t row) { told.push_back(row); }));
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(*rows, 12'000U);
  EXPECT_GE(told.size(), 4U);
  EXPECT_EQ(std::ranges::count(out.view(), '\n'), 12'001);
}

TEST_F(PostgresExportTest, ReadsOneStateWhateverIsWrittenMeanwhile) {
  put_page("M1", bundle({eob("e1")}));
  const auto database = open_database();
  put_page("M1", bundle({eob("e2")}));
  std::ostringstream out;
  EXPECT_EQ(*run(database->csv("claim_current", &out, no_one)), 1U);
  EXPECT_EQ(*run(database->fhir("ExplanationOfBenefit", &out, no_one)), 1U);
}

TEST_F(PostgresExportTest, SaysWhatIsWrong) {
  put_page("M1", bundle({eob("e1")}));
  database_->make_user("auditor", "claimferry_auditor");
  PostgresExport refused(executor_of(io_));
  EXPECT_EQ(run(refused.open(database_->login("auditor"))).failure().code, "sink_schema");
  const auto database = open_database();
  std::ostringstream full;
  full.setstate(std::ios::badbit);
  EXPECT_EQ(run(database->csv("claim_net", &full, no_one)).failure().code, "export_failed");
  const auto again = open_database();
  EXPECT_EQ(run(again->fhir("ExplanationOfBenefit", &full, no_one)).failure().code,
            "export_failed");
  database_->ask("UPDATE resource_version SET raw = '\"cut off'");
  const auto damaged = open_database();
  std::ostringstream out;
  EXPECT_EQ(run(damaged->fhir("ExplanationOfBenefit", &out, no_one)).failure().code,
            "raw_not_json");
}

}  // namespace
}  // namespace claimferry::claims
