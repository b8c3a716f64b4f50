#include "common/claims/decimal.hpp"

#include <gtest/gtest.h>

namespace claimferry::claims {
namespace {

std::string sum(std::string_view a, std::string_view b) {
  const auto left = Decimal::parse(a);
  const auto right = Decimal::parse(b);
  const auto total = left && right ? left->plus(*right) : std::nullopt;
  return total ? total->str() : "none";
}

TEST(Decimal, AddsExactly) {
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("158.3825000000001", "0.10"), "158.4825000000001");
  EXPECT_EQ(sum("-5", "4.99"), "-0.01");
  EXPECT_EQ(sum("1e2", "2.50"), "102.50");
  EXPECT_EQ(sum("15E-1", "0"), "1.5");
  EXPECT_EQ(sum("-0.0", "0"), "0.0");
  EXPECT_EQ(sum("99999999999999999999.99", "0.01"), "100000000000000000000.00");
}

TEST(Decimal, RefusesWhatDoesNotFitInsteadOfRounding) {
  const std::string thirty_eight(38, '9');
  EXPECT_EQ(Decimal::parse(thirty_eight)->str(), thirty_eight);
  EXPECT_FALSE(Decimal::parse(std::string(40, '9')));
  EXPECT_FALSE(Decimal::parse("1e400"));
  EXPECT_FALSE(Decimal::parse("1e-400"));
  EXPECT_EQ(sum(thirty_eight, "0.001"), "none");
}

TEST(Decimal, KnowsJsonNumbersFromOthers) {
  for (const auto* good : {"0", "-0", "10", "1.5", "-1.5e+3", "0E0"}) {
    EXPECT_TRUE(is_json_number(good)) << good;
  }
  for (const auto* bad :
       {"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "NaN", "1 ", "1,5"}) {
    EXPECT_FALSE(is_json_number(bad)) << bad;
    EXPECT_FALSE(Decimal::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace claimferry::claims
