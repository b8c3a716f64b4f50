#include "common/claims/tables/claim_rules.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

TEST(ClaimRules, ReadsTheHeader) {
  auto page = parse(bundle({eob("e1", R"(
    "meta":{"lastUpdated":"2026-01-02T03:04:05Z",
            "profile":["http://c/C4BB","http://c/C4BB-Pharmacy"]},
    "identifier":[{"value":"odd"},{"type":{"coding":[{"code":"uc"}]},"value":"U-1"}],
    "type":{"coding":[{"system":"local","code":"40"},
      {"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"pharmacy"}]},
    "subType":{"text":"retail"},"status":"active","use":"claim","outcome":"complete",
    "created":"2026-01-01","billablePeriod":{"start":"2025-12-30","end":"2025-12-31"},
    "provider":{"reference":"Organization/o1","display":"Caf\u00e9 \"Rx\""},
    "insurer":{"display":"Aetna"},
    "diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"code":"A00"}]}},
      {"sequence":2,"type":[{"coding":[{"code":"principal"}]}],
       "diagnosisCodeableConcept":{"coding":[{"system":"icd","code":"B01"}]}}])")}));
  ASSERT_TRUE(page);
  const RowView claim(*page, TableId::claim, 0);
  EXPECT_EQ(claim["unique_claim_id"], "U-1");
  EXPECT_EQ(claim["claim_type"], "pharmacy");
  EXPECT_EQ(claim["sub_type"], "retail");
  EXPECT_EQ(claim["profile"], "http://c/C4BB-Pharmacy");
  EXPECT_EQ(claim["meta_last_updated"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(claim["status"], "active");
  EXPECT_EQ(claim["use"], "claim");
  EXPECT_EQ(claim["outcome"], "complete");
  EXPECT_EQ(claim["created"], "2026-01-01");
  EXPECT_EQ(claim["billable_start"], "2025-12-30");
  EXPECT_EQ(claim["billable_end"], "2025-12-31");
  EXPECT_EQ(claim["billable_open"], "false");
  EXPECT_EQ(claim["patient_ref"], "Patient/p1");
  EXPECT_EQ(claim["provider_ref"], "Organization/o1");
  EXPECT_EQ(claim["provider_display"], "Café \"Rx\"");
  EXPECT_EQ(claim["insurer_display"], "Aetna");
  EXPECT_EQ(claim["principal_diagnosis_system"], "icd");
  EXPECT_EQ(claim["principal_diagnosis_code"], "B01");
}

TEST(ClaimRules, TakesAnEndThatNeverComesForAnOpenPeriod) {
  auto page =
      parse(bundle({eob("e1", R"("billablePeriod":{"start":"2025-01-01","end":"3000-01-01"})")}));
  ASSERT_TRUE(page);
  EXPECT_TRUE(RowView(*page, TableId::claim, 0)["billable_open"] == "true");
  EXPECT_EQ(RowView(*page, TableId::claim, 0)["billable_end"], "");
}

TEST(ClaimRules, TakesTheFirstIdentifierWithAValueWhereTheTypedOneHasNone) {
  auto page = parse(bundle(
      {eob("e1", R"("identifier":[{"type":{"coding":[{"code":"uc"}]}},{"value":"plain"}])")}));
  ASSERT_TRUE(page);
  EXPECT_EQ(RowView(*page, TableId::claim, 0)["unique_claim_id"], "plain");
}

TEST(ClaimRules, ReadsTheLines) {
  auto page = parse(bundle({eob("e1", R"(
    "diagnosis":[{"sequence":2,"diagnosisCodeableConcept":{"text":"words only"}},
                 {"sequence":"7","diagnosisCodeableConcept":{"coding":[{"code":"Z7"}]}}],
    "item":[
     {"sequence":1,
      "productOrService":{"coding":[{"system":"cpt","code":"99213","display":"visit"}]},
      "revenue":{"coding":[{"code":"0450"}]},"locationCodeableConcept":{"coding":[{"code":"11"}]},
      "servicedDate":"2025-03-04","quantity":{"value":1.50},"diagnosisSequence":[9,7],
      "net":{"value":12.00}},
     {"sequence":2,"productOrService":{"text":"supplies"},
      "servicedPeriod":{"start":"2025-03-05","end":"2025-03-06"},"diagnosisSequence":[2]}])")}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.of(TableId::claim_line).size(), 2U);
  const RowView first(*page, TableId::claim_line, 0);
  EXPECT_EQ(first["line_sequence"], "1");
  EXPECT_EQ(first["product_system"], "cpt");
  EXPECT_EQ(first["product_code"], "99213");
  EXPECT_EQ(first["product_display"], "visit");
  EXPECT_EQ(first["revenue_code"], "0450");
  EXPECT_EQ(first["location_code"], "11");
  EXPECT_EQ(first["serviced_start"], "2025-03-04");
  EXPECT_EQ(first["serviced_end"], "2025-03-04");
  EXPECT_EQ(first["quantity"], "1.50");
  EXPECT_EQ(first["diagnosis_code"], "Z7");
  EXPECT_EQ(first["net"], "12.00");
  const RowView second(*page, TableId::claim_line, 1);
  EXPECT_EQ(second["product_text"], "supplies");
  EXPECT_EQ(second["serviced_start"], "2025-03-05");
  EXPECT_EQ(second["serviced_end"], "2025-03-06");
  EXPECT_EQ(second["diagnosis_code"], "words only");
}

TEST(ClaimRules, TakesOnlyANumberForTheNetOfALine) {
  for (const std::string_view good :
       {R"({"value":"7.5"})", R"({"value":-0.10,"currency":"USD"})", R"({"value":1e2})"}) {
    auto page = parse(bundle({eob("a", R"("item":[{"net":)" + std::string(good) + "}]")}));
    ASSERT_TRUE(page) << good;
    ASSERT_EQ(page->rows.of(TableId::claim_line).size(), 1U) << good;
    EXPECT_FALSE(RowView(*page, TableId::claim_line, 0)["net"].empty()) << good;
  }
  EXPECT_EQ(parse(bundle({eob("a", R"("item":[{"net":{"currency":"USD"}}])")}))
                ->rows.of(TableId::claim_line)
                .size(),
            1U);
  for (const std::string_view bad :
       {R"({"value":"12,50"})", R"({"value":"n/a"})", R"({"value":""})", R"({"value":true})",
        R"({"value":[1]})", R"({"value":1e400})", "12.5", R"("12.5")", "[]"}) {
    auto page = parse(bundle(
        {eob("a", R"("item":[{"sequence":1},{"net":)" + std::string(bad) + "}]"), eob("b")}));
    ASSERT_TRUE(page) << bad;
    ASSERT_EQ(page->quarantined.size(), 1U) << bad;
    EXPECT_EQ(page->quarantined[0].reason, "wrong_shape") << bad;
    EXPECT_EQ(page->quarantined[0].pointer, "/resource/item/1/net") << bad;
    EXPECT_EQ(page->rows.of(TableId::claim).size(), 1U) << bad;
    EXPECT_EQ(page->rows.of(TableId::claim_line).size(), 0U) << bad;
  }
}

TEST(ClaimRules, NumbersRowsByTheirResource) {
  auto page = parse(bundle({eob("a", R"("item":[{},{}])"), eob("b", R"("item":[{}])")}));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows.of(TableId::claim).head(1).resource, 1U);
  EXPECT_EQ(page->rows.of(TableId::claim_line).head(1).resource, 0U);
  EXPECT_EQ(page->rows.of(TableId::claim_line).head(2).resource, 1U);
}

}  // namespace
}  // namespace claimferry::claims
