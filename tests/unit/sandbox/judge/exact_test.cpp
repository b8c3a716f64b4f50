#include "tests/sandbox/judge/exact.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

std::string sum(std::initializer_list<std::string_view> numbers) {
  ExactSum total;
  for (const auto number : numbers) {
    EXPECT_TRUE(total.add(number)) << number;
  }
  return total.str();
}

TEST(ExactSum, AddsAndPrints) {
  EXPECT_EQ(sum({}), "0.00");
  EXPECT_EQ(sum({"0.1", "0.2"}), "0.30");
  EXPECT_EQ(sum({"99.99", "0.01"}), "100.00");
  EXPECT_EQ(sum({"1e2", "-0.01"}), "99.99");
  EXPECT_EQ(sum({"-5", "2.5"}), "-2.50");
  EXPECT_EQ(sum({"158.3825000000001"}), "158.3825000000001");
  EXPECT_EQ(sum({"-1", "1"}), "0.00");
  EXPECT_EQ(sum({"1234567890123456789012345678.01", "0.99"}), "1234567890123456789012345679.00");
  EXPECT_EQ(sum({"1E+2", "25e-1"}), "102.50");
}

TEST(ExactSum, RefusesWhatIsNoDecimal) {
  for (const char* text :
       {"", "12,5", "1.2.3", ".", "-", "1.", ".5", "--1", "+1", "1e", "1e+", "e2", "1e1001",
        "1e-1001", "1e99999999999999999999", "1 ", "0x1", "NaN"}) {
    ExactSum total;
    EXPECT_FALSE(total.add(text)) << text;
    EXPECT_EQ(total.str(), "0.00") << text;
  }
  ExactSum total;
  EXPECT_FALSE(total.add(std::string(1'001, '9')));
}

TEST(SameAmount, ComparesNumbersNotTexts) {
  EXPECT_TRUE(same_amount("12.5", "12.50"));
  EXPECT_TRUE(same_amount("1e2", "100.00"));
  EXPECT_TRUE(same_amount("-0", "0.00"));
  EXPECT_TRUE(same_amount("", ""));
  EXPECT_FALSE(same_amount("", "0"));
  EXPECT_FALSE(same_amount("12.50", "12.51"));
  EXPECT_FALSE(same_amount("1.2.3", "1.2.3"));
  EXPECT_FALSE(same_amount("158.3825000000001", "158.3825"));
}

}  // namespace
}  // namespace claimferry::sandbox
