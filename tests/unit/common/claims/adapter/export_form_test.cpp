#include "common/claims/adapter/export_form.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace claimferry::claims {
namespace {

using Cells = std::vector<std::optional<std::string>>;

TEST(PlainDecimal, IsWhatAnExactNumericPrints) {
  // The right column is PostgreSQL's own: SELECT '1.50e1'::numeric.
  const std::vector<std::pair<std::string, std::string>> table{
      {"0", "0"},
      {"12.50", "12.50"},
      {"-0.10", "-0.10"},
      {"1.50e1", "15.0"},
      {"1E+2", "100"},
      {"1e2", "100"},
      {"15e-3", "0.015"},
      {"-2.5E-1", "-0.25"},
      {"-0", "0"},
      {"-0.00", "0.00"},
      {"0e5", "0"},
      {"1.234e2", "123.4"},
      {"1.234e3", "1234"},
      {"0.001e2", "0.1"},
      {"0.001e3", "1"},
      {"-0e-2", "0.00"},
      {"158.3825000000001", "158.3825000000001"}};
  for (const auto& [sent, plain] : table) {
    EXPECT_EQ(plain_decimal(sent), plain) << sent;
  }
}

TEST(ExportForm, LeavesOutWhatADatabaseHasToCountWith) {
  const std::vector<std::string> columns{"paid",     "paid_e4",  "paid_num",
                                         "lone_num", "paid_day", "amount_inexact"};
  std::string kept;
  for (const std::string& column : columns) {
    kept += is_exported(column, columns) ? column + " " : "";
  }
  EXPECT_EQ(kept, "paid lone_num paid_day ");
}

TEST(ExportForm, RowsThatTheOrderLeavesOpenStandByTheirText) {
  const ExportView view{"v", {"member", "line"}, false};
  std::ostringstream out;
  CsvWriter file(out, view);
  file.header({"member", "text", "line"});
  file.row(Cells{"b", "y", "1"});
  file.row(Cells{"b", "a\"b", "1"});
  file.row(Cells{"b", std::nullopt, "1"});
  file.row(Cells{"a", "", "10"});
  file.finish();
  EXPECT_EQ(out.str(), "member,text,line\r\nb,\"a\"\"b\",1\r\nb,,1\r\nb,y,1\r\na,\"\",10\r\n");
}

TEST(ExportForm, EveryViewIsKnownByItsName) {
  for (const ExportView& view : export_views()) {
    EXPECT_EQ(export_view(view.name).name, view.name);
    EXPECT_FALSE(view.order.empty());
  }
}

}  // namespace
}  // namespace claimferry::claims
