#include "common/claims/tables/column_value.hpp"

#include <gtest/gtest.h>

namespace claimferry::claims {
namespace {

Fit fit(ColumnKind kind, JsonKind json, std::string_view text) {
  return fit_of(kind, JsonNode{{}, text, 1, json});
}

TEST(ColumnValue, TakesNumbersThatAreExact) {
  for (const std::string_view good :
       {"0", "-1", "158.3825000000001", "0.10", "1e2", "1E+300", "-12345678901234567.89"}) {
    EXPECT_TRUE(is_decimal(good)) << good;
    EXPECT_EQ(fit(ColumnKind::decimal, JsonKind::number, good), Fit::exact) << good;
    EXPECT_EQ(fit(ColumnKind::decimal, JsonKind::string, good), Fit::converted) << good;
  }
  for (const std::string& bad :
       {std::string("12,50"), std::string("1e400"), std::string("1e-301"), std::string("n/a"),
        std::string(), std::string("01"), std::string(400, '9')}) {
    EXPECT_FALSE(is_decimal(bad)) << bad;
    EXPECT_EQ(fit(ColumnKind::decimal, JsonKind::string, bad), Fit::none) << bad;
  }
}

TEST(ColumnValue, TakesWholeNumbersOfSixtyFourBitsThatAreWrittenAsSuch) {
  for (const std::string_view good : {"0", "7", "-3", "9223372036854775807"}) {
    EXPECT_EQ(fit(ColumnKind::integer, JsonKind::number, good), Fit::exact) << good;
    EXPECT_EQ(std::to_string(to_integer(good)), good);
  }
  for (const std::string_view bad : {"1.0", "1e2", "-0", "9223372036854775808", "07", "-07", ""}) {
    EXPECT_EQ(fit(ColumnKind::integer, JsonKind::number, bad), Fit::none) << bad;
  }
  EXPECT_EQ(fit(ColumnKind::integer, JsonKind::string, "3"), Fit::converted);
}

TEST(ColumnValue, TakesTextsFlagsAndDates) {
  EXPECT_EQ(fit(ColumnKind::text, JsonKind::string, ""), Fit::exact);
  EXPECT_EQ(fit(ColumnKind::text, JsonKind::number, "7"), Fit::converted);
  EXPECT_EQ(fit(ColumnKind::text, JsonKind::literal_true, "true"), Fit::none);
  EXPECT_EQ(fit(ColumnKind::flag, JsonKind::literal_false, "false"), Fit::exact);
  EXPECT_EQ(fit(ColumnKind::flag, JsonKind::string, "true"), Fit::none);
  EXPECT_EQ(fit(ColumnKind::date, JsonKind::string, "soon"), Fit::exact);
  EXPECT_EQ(fit(ColumnKind::open_end, JsonKind::string, "2024-01-31"), Fit::exact);
  EXPECT_EQ(fit(ColumnKind::open_end, JsonKind::string, "3000-01-01"), Fit::none);
  EXPECT_EQ(fit(ColumnKind::open_end, JsonKind::string, "9999-12-31T00:00:00Z"), Fit::none);
}

TEST(ColumnValue, FindsTheDayOfADateAndHowPreciselyItWasSaid) {
  const std::tuple<std::string_view, std::string_view, std::string_view> table[] = {
      {"2024", "2024-01-01", "year"},
      {"2024-02", "2024-02-01", "month"},
      {"2024-02-29", "2024-02-29", "day"},
      {"2020-09-17T23:16:19-04:00", "2020-09-17", "instant"},
      {"2023-02-29", "", ""},
      {"2024-13", "", ""},
      {"2024-00-01", "", ""},
      {"2024-1-1", "", ""},
      {"2024/01/01", "", ""},
      {"2024-01-01 10:00", "", ""},
      {"soon", "", ""},
      {"", "", ""}};
  for (const auto& [text, expected, precision] : table) {
    const Day day = day_of(text);
    EXPECT_EQ(day.day, expected) << text;
    EXPECT_EQ(day.precision, precision) << text;
  }
}

TEST(ColumnValue, QuotesAsJson) {
  EXPECT_EQ(quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\u000a\\u0001\"");
}

}  // namespace
}  // namespace claimferry::claims
