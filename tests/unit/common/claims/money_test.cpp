#include "common/claims/money.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

std::string amount(std::string_view code, std::string_view value) {
  return R"({"category":{"coding":[{"system":"x","code":"local"},{"code":")" + std::string(code) +
         R"("}]},"amount":{"value":)" + std::string(value) + R"(,"currency":"USD"}})";
}

RowView claim_with(const std::string& members, ParsedPage& keep) {
  auto page = parse(bundle({eob("e1", members)}));
  EXPECT_TRUE(page);
  EXPECT_EQ(page->rows.of(TableId::claim).size(), 1U);
  keep = std::move(*page);
  return {keep, TableId::claim, 0};
}

TEST(Money, KeepsASingleAmountAsItWasSent) {
  ParsedPage page;
  const RowView claim = claim_with(
      "\"total\":[" + amount("submitted", "158.3825000000001") + "," + amount("eligible", "1e2") +
          "," + amount("benefit", "-0.10") + "," + amount("memberliability", "\"7.5\"") + "]",
      page);
  EXPECT_EQ(claim["submitted"], "158.3825000000001");
  EXPECT_EQ(claim["allowed"], "1e2");
  EXPECT_EQ(claim["paid"], "-0.10");
  EXPECT_EQ(claim["paid_source"], "total: benefit");
  EXPECT_EQ(claim["member_liability"], "7.5");
  EXPECT_EQ(claim["currency"], "USD");
}

TEST(Money, PrefersWhatWasPaidToSomeoneOverTheBenefit) {
  ParsedPage page;
  const RowView claim =
      claim_with("\"total\":[" + amount("benefit", "9") + "," + amount("paidtoprovider", "5.10") +
                     "," + amount("paidtopatient", "0.2") + "," + amount("copay", "1") + "," +
                     amount("coinsurance", "2.5") + "]",
                 page);
  EXPECT_EQ(claim["paid"], "5.30");
  EXPECT_EQ(claim["paid_source"], "total: paidtoprovider + paidtopatient");
  EXPECT_EQ(claim["member_liability"], "3.5");
}

TEST(Money, AddsTheLinesWhereTheHeaderSaysNothing) {
  ParsedPage page;
  const RowView claim =
      claim_with(R"("item":[{"sequence":1,"adjudication":[)" + amount("submitted", "0.1") + "," +
                     amount("benefit", "1") + R"(]},{"sequence":2,"adjudication":[)" +
                     amount("submitted", "0.2") + R"(]}],"payment":{"amount":{"value":3}})",
                 page);
  EXPECT_EQ(claim["submitted"], "0.3");
  EXPECT_EQ(claim["paid"], "1");
  EXPECT_EQ(claim["paid_source"], "lines: benefit");
  EXPECT_EQ(RowView(page, TableId::claim_line, 1)["submitted"], "0.2");
}

TEST(Money, FallsBackToThePayment) {
  ParsedPage page;
  const RowView claim = claim_with(R"("payment":{"amount":{"value":3.00,"currency":"USD"}})", page);
  EXPECT_EQ(claim["paid"], "3.00");
  EXPECT_EQ(claim["paid_source"], "payment.amount");
  EXPECT_EQ(claim["currency"], "USD");
}

TEST(Money, QuarantinesAmountsThatAreNone) {
  const std::pair<std::string, std::string_view> table[] = {
      {"\"total\":[" + amount("submitted", "\"12,50\"") + "]", "/resource/total/0"},
      {"\"total\":[" + amount("submitted", "1e400") + "]", "/resource/total/0"},
      {"\"total\":{}", "/resource/total"},
      {"\"total\":[1]", "/resource/total/0"},
      {"\"adjudication\":7", "/resource/adjudication"},
      {"\"item\":{}", "/resource/item"},
      {"\"item\":[{},[]]", "/resource/item/1"},
      {"\"item\":[{\"adjudication\":[" + amount("benefit", "1") + "," + amount("benefit", "true") +
           "]}]",
       "/resource/item/0/adjudication/1"},
  };
  for (const auto& [members, pointer] : table) {
    auto page = parse(bundle({eob("good"), eob("bad", members)}));
    ASSERT_TRUE(page) << members;
    EXPECT_EQ(page->rows.of(TableId::claim).size(), 1U) << members;
    EXPECT_EQ(page->rows.of(TableId::claim_line).size(), 0U) << members;
    ASSERT_EQ(page->quarantined.size(), 1U) << members;
    EXPECT_EQ(page->quarantined[0].reason, "wrong_shape");
    EXPECT_EQ(page->quarantined[0].pointer, pointer);
    EXPECT_TRUE(page->quarantined[0].identifiable);
  }
}

}  // namespace
}  // namespace claimferry::claims
