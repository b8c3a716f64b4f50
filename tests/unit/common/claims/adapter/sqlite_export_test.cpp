#include "common/claims/adapter/sqlite_export.hpp"

#include <sstream>

#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/parse.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

class SqliteExportTest : public StoreFixture {
 protected:
  void SetUp() override {
    auto store = SqliteStore::open(path());
    ASSERT_TRUE(store);
    auto page = parse(bundle({eob("e1", R"("disposition":"a, \"b\"\nc",
        "provider":{"display":""},  "status":"active")")}));
    ASSERT_TRUE(page);
    ASSERT_TRUE((*store)->begin());
    ASSERT_TRUE((*store)->commit(
        {key("M1"), queue::Resource::eob, true, WallTime(), std::move(*page), {}}));
    ASSERT_TRUE((*store)->commit_transaction());
  }

  static void ignore(std::uint64_t) {}
};

TEST_F(SqliteExportTest, WritesAViewAsCsvWithNullsApartFromEmptyTexts) {
  auto sink = SqliteExport::open(path());
  ASSERT_TRUE(sink) << sink.failure().detail;
  std::ostringstream out;
  auto rows = sink->csv("claim_current", out, ignore);
  ASSERT_TRUE(rows) << rows.failure().detail;
  EXPECT_EQ(*rows, 1U);
  EXPECT_TRUE(out.str().starts_with("payer,member,eob_id,version,pointer,unique_claim_id,"));
  EXPECT_NE(out.str().find(",\"a, \"\"b\"\"\nc\","), std::string::npos) << out.str();
  const std::string names = out.str().substr(0, out.str().find("\r\n"));
  EXPECT_NE(out.str().find("\r\naetna,M1,e1,1,\"\",,"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find(",\"\",", names.size() + 30), std::string::npos) << "provider_display";
}

TEST_F(SqliteExportTest, WritesResourcesAOneLineEach) {
  auto sink = SqliteExport::open(path());
  ASSERT_TRUE(sink);
  std::ostringstream out;
  std::vector<std::uint64_t> told;
  auto rows =
      sink->fhir("ExplanationOfBenefit", out, [&told](std::uint64_t row) { told.push_back(row); });
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, 1U);
  EXPECT_EQ(told, std::vector<std::uint64_t>{1});
  EXPECT_EQ(
      out.str(),
      R"({"resourceType":"ExplanationOfBenefit","id":"e1","patient":{"reference":"Patient/p1"},)"
      R"("disposition":"a, \"b\"\nc","provider":{"display":""},"status":"active"})"
      "\n");
}

TEST_F(SqliteExportTest, LeavesNothingOutInSilence) {
  {
    SqliteDatabase database = beside();
    ASSERT_TRUE(database.execute("UPDATE resource_version SET raw = CAST('\"cut off' AS BLOB)"));
  }
  auto sink = SqliteExport::open(path());
  ASSERT_TRUE(sink);
  std::ostringstream out;
  EXPECT_EQ(sink->fhir("ExplanationOfBenefit", out, ignore).failure().code, "raw_not_json");
}

TEST_F(SqliteExportTest, EveryViewThatItNamesIsThere) {
  auto sink = SqliteExport::open(path());
  ASSERT_TRUE(sink);
  for (const ExportView& view : export_views()) {
    std::ostringstream out;
    auto rows = sink->csv(view.name, out, ignore);
    EXPECT_TRUE(rows) << view.name << ": " << rows.failure().detail;
  }
}

TEST_F(SqliteExportTest, SaysWhatIsWrong) {
  EXPECT_EQ(SqliteExport::open(path() / "none").failure().code, "sink_schema");
  auto sink = SqliteExport::open(path());
  ASSERT_TRUE(sink);
  std::ostringstream full;
  full.setstate(std::ios::badbit);
  EXPECT_EQ(sink->csv("claim_net", full, ignore).failure().code, "export_failed");
}

}  // namespace
}  // namespace claimferry::claims
