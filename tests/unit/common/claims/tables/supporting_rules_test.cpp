#include "common/claims/tables/supporting_rules.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

std::string info(std::string_view category, std::string_view more) {
  return R"({"category":{"coding":[{"system":"local","code":"x"},{"code":")" +
         std::string(category) + R"("}]},)" + std::string(more) + "}";
}

ParsedPage page_with(const std::vector<std::string>& infos) {
  std::string list;
  for (const std::string& one : infos) {
    list += (list.empty() ? "" : ",") + one;
  }
  auto page = parse(bundle({eob("e1", "\"supportingInfo\":[" + list + "]")}));
  EXPECT_TRUE(page);
  return std::move(*page);
}

TEST(SupportingRules, FillTheHeadOfAnInstitutionalClaim) {
  const ParsedPage page = page_with(
      {info("admissionperiod", R"("timingPeriod":{"start":"2024-01-02","end":"3000-01-01"})"),
       info("clmrecvddate", R"("timingDate":"2024-01-09")"),
       info("typeofbill", R"("code":{"coding":[{"code":"0111"}]})"),
       info("pointoforigin", R"("code":{"coding":[{"code":"1"}]})"),
       info("admtype", R"("code":{"text":"urgent"})"),
       info("discharge-status", R"("code":{"coding":[{"code":"01"}]})"),
       info("drg", R"("code":{"coding":[{"system":"ms-drg","code":"470"}]})"),
       info("medicalrecordnumber", R"("valueString":"MRN1")"),
       info("patientaccountnumber", R"("valueString":"PAN1")"),
       info("servicefacility", R"("valueReference":{"reference":"Organization/o"})")});
  const RowView claim(page, TableId::claim, 0);
  EXPECT_EQ(claim["admission_start"], "2024-01-02");
  EXPECT_EQ(claim["admission_end"], "");
  EXPECT_EQ(claim["received_date"], "2024-01-09");
  EXPECT_EQ(claim["bill_type"], "0111");
  EXPECT_EQ(claim["point_of_origin"], "1");
  EXPECT_EQ(claim["admission_type"], "urgent");
  EXPECT_EQ(claim["discharge_status"], "01");
  EXPECT_EQ(claim["drg_system"], "ms-drg");
  EXPECT_EQ(claim["drg_code"], "470");
  EXPECT_EQ(claim["medical_record_number"], "MRN1");
  EXPECT_EQ(claim["patient_account_number"], "PAN1");
  EXPECT_EQ(claim["service_facility_ref"], "Organization/o");
  EXPECT_EQ(page.rows.of(TableId::claim_supporting_info).size(), 10U);
}

TEST(SupportingRules, FillTheHeadOfAPharmacyClaimWithNumbersAlone) {
  const ParsedPage page =
      page_with({info("dayssupply", R"("valueQuantity":{"value":30})"),
                 info("dayssupply", R"("valueQuantity":{"value":90})"),
                 info("refillnum", R"("valueQuantity":{"value":"n/a"})"),
                 info("refillsauthorized", R"("valueQuantity":{"value":2.5})"),
                 info("dawcode", R"("code":{"coding":[{"code":"0"}]})"),
                 info("brandgenericcode", R"("code":{"coding":[{"code":"G"}]})"),
                 info("rxorigincode", R"("code":{"coding":[{"code":"3"}]})"),
                 info("compoundcode", R"("code":{"coding":[{"code":"1"}]})")});
  const RowView claim(page, TableId::claim, 0);
  EXPECT_EQ(claim["days_supply"], "30") << "the first of several";
  EXPECT_EQ(claim["refill_number"], "");
  EXPECT_EQ(claim["refills_authorized"], "2.5");
  EXPECT_EQ(claim["dispensed_as_written"], "0");
  EXPECT_EQ(claim["brand_generic"], "G") << "CARIN 1.x called it so";
  EXPECT_EQ(claim["prescription_origin"], "3");
  EXPECT_EQ(claim["compound_code"], "1");
}

}  // namespace
}  // namespace claimferry::claims
