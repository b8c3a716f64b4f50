#include "common/claims/adapter/sqlite_tables.hpp"

#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/parse.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

class SqliteTables : public StoreFixture {
 protected:
  void SetUp() override {
    auto store = SqliteStore::open(path());
    ASSERT_TRUE(store) << store.failure().detail;
    auto parsed = parse(bundle({eob("e1", R"("created":"2024-03","billablePeriod":{
        "start":"2024-03-01T10:00:00Z","end":"3000-01-01"},"payment":{"date":"n/a"},
        "insurance":[{"focal":true,"preAuthRef":["A1","B2"]}],
        "payee":{"party":{"display":""}},
        "total":[{"category":{"coding":[{"code":"submitted"}]},
                  "amount":{"value":158.3825000000001,"currency":"USD"}}],
        "item":[{"sequence":1,"net":{"value":0.10},"odd":{"deep":[true]}}])")}));
    ASSERT_TRUE(parsed);
    ASSERT_TRUE((*store)->begin());
    auto report = (*store)->commit(
        {key("M1"), queue::Resource::eob, true, WallTime(), std::move(*parsed), {}});
    ASSERT_TRUE(report) << report.failure().detail;
    ASSERT_TRUE((*store)->commit_transaction());
  }

  // One value as text; "NULL" for none.
  std::string ask(const std::string& column, const std::string& from) {
    SqliteDatabase database = beside();
    SqliteStatement statement(database, "SELECT coalesce(" + column + ", 'NULL') FROM " + from);
    auto row = statement.step();
    return row && *row ? statement.text_at(0) : "no row";
  }
};

TEST_F(SqliteTables, HoldDatesAsSentWithTheirDayAndPrecision) {
  EXPECT_EQ(ask("created", "claim_current"), "2024-03");
  EXPECT_EQ(ask("created_day", "claim_current"), "2024-03-01");
  EXPECT_EQ(ask("created_precision", "claim_current"), "month");
  EXPECT_EQ(ask("billable_start_day", "claim_current"), "2024-03-01");
  EXPECT_EQ(ask("billable_start_precision", "claim_current"), "instant");
  EXPECT_EQ(ask("billable_end", "claim_current"), "NULL");
  EXPECT_EQ(ask("billable_open", "claim_current"), "1");
  EXPECT_EQ(ask("payment_date", "claim_current"), "n/a");
  EXPECT_EQ(ask("payment_date_day", "claim_current"), "NULL");
}

TEST_F(SqliteTables, HoldAmountsAsSentAndInTenThousandths) {
  EXPECT_EQ(ask("submitted", "claim_current"), "158.3825000000001");
  EXPECT_EQ(ask("submitted_e4", "claim_current"), "1583825");
  EXPECT_EQ(ask("amount_inexact", "claim_current"), "1");
  EXPECT_EQ(ask("net", "claim_line_current"), "0.10");
  EXPECT_EQ(ask("net_e4", "claim_line_current"), "1000");
  EXPECT_EQ(ask("amount_inexact", "claim_line_current"), "0");
  EXPECT_EQ(ask("line_sequence", "claim_line_current"), "1");
}

TEST_F(SqliteTables, HoldListsFlagsAndWhatHasNoColumn) {
  EXPECT_EQ(ask("preauth_numbers ->> 1", "claim_insurance_current"), "B2");
  EXPECT_EQ(ask("focal", "claim_insurance_current"), "1");
  EXPECT_EQ(ask("'<' || payee_display || '>'", "claim_current"), "<>") << "empty is not NULL";
  EXPECT_EQ(ask("value_type || value", "extension_kv_current WHERE pointer = '/item/0/odd/deep/0'"),
            "booleantrue");
}

}  // namespace
}  // namespace claimferry::claims
