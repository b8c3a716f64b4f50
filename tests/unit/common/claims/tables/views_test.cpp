#include "common/claims/tables/views.hpp"

#include "common/claims/adapter/sqlite_store.hpp"
#include "common/claims/parse.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

class Views : public StoreFixture {
 protected:
  void SetUp() override {
    auto store = SqliteStore::open(path());
    ASSERT_TRUE(store) << store.failure().detail;
    store_ = std::move(*store);
  }

  void put(std::initializer_list<std::string_view> resources,
           queue::Resource type = queue::Resource::eob) {
    auto page = parse(bundle(resources), type);
    ASSERT_TRUE(page) << page.failure().detail;
    ASSERT_TRUE(page->quarantined.empty()) << page->quarantined[0].reason;
    commit(std::move(*page), type);
  }
  void put_patient(std::string_view text) {
    auto page = parse(text, queue::Resource::patient);
    ASSERT_TRUE(page) << page.failure().detail;
    commit(std::move(*page), queue::Resource::patient);
  }
  void commit(ParsedPage page, queue::Resource type) {
    ASSERT_TRUE(store_->begin());
    auto report = store_->commit({key("M1"), type, true, WallTime(), std::move(page), {}});
    ASSERT_TRUE(report) << report.failure().detail;
    ASSERT_TRUE(store_->commit_transaction());
  }

  // All rows, their values parted by '|', one a line; "-" for NULL.
  std::string ask(const std::string& columns, const std::string& from) {
    SqliteDatabase database = beside();
    std::string list;
    std::istringstream names(columns);
    for (std::string name; std::getline(names, name, ',');) {
      list += (list.empty() ? "" : " || '|' || ") + ("coalesce(" + name + ", '-')");
    }
    SqliteStatement statement(database, "SELECT " + list + " FROM " + from);
    std::string text;
    while (true) {
      auto row = statement.step();
      EXPECT_TRUE(row) << row.failure().detail;
      if (!row || !*row) {
        return text;
      }
      text += statement.text_at(0) + "\n";
    }
  }

  std::unique_ptr<SqliteStore> store_;
};

std::string claim(std::string_view id, std::string_view more) {
  return eob(id, R"("status":"active","use":"claim","type":{"coding":[{"code":"professional"}]},
      "identifier":[{"type":{"coding":[{"code":"uc"}]},"value":"U-)" +
                     std::string(id) + "\"}]" + (more.empty() ? "" : ",") + std::string(more));
}

std::string related(std::string_view relationship, std::string_view to) {
  return R"("related":[{"relationship":{"coding":[{"code":")" + std::string(relationship) +
         R"("}]},"reference":{"value":")" + std::string(to) + R"("}}])";
}

TEST_F(Views, CountAClaimUntilWhatReplacesItIsHere) {
  const std::string first = claim("first", "");
  const std::string announced = claim("announced", related("replacedby", "U-later"));
  const std::string second = claim("second", related("prior", "U-first"));
  put({first, announced});
  EXPECT_EQ(ask("eob_id", "claim_net ORDER BY 1"), "announced\nfirst\n");
  put({second});
  EXPECT_EQ(ask("eob_id", "claim_net ORDER BY 1"), "announced\nsecond\n");
  put({claim("later", "")});
  EXPECT_EQ(ask("eob_id", "claim_net ORDER BY 1"), "later\nsecond\n");
}

TEST_F(Views, LeaveOutWhatWasVoided) {
  put({claim("a", ""), claim("b", ""),
       eob("void", R"("status":"cancelled",)" + related("prior", "ExplanationOfBenefit/b")),
       eob("draft", R"("status":"draft",)" + related("prior", "U-a")),
       eob("question", R"("status":"active","use":"predetermination")")});
  EXPECT_EQ(ask("eob_id", "claim_net"), "a\n");
}

TEST_F(Views, GiveMedicalClaimsAsTuvaWantsThem) {
  put_patient(R"({"resourceType":"Patient","id":"p1","identifier":[
      {"type":{"coding":[{"code":"MB"}]},"value":"MB-7"}],"gender":"female"})");
  put({R"({"resourceType":"Coverage","id":"c1","beneficiary":{"reference":"Patient/p1"},
      "class":[{"type":{"coding":[{"code":"plan"}]},"value":"P","name":"Plan P"}]})"},
      queue::Resource::coverage);
  put({claim("e1", R"("billablePeriod":{"start":"2024-01-02","end":"2024-01-03"},
    "payment":{"date":"2024-02-01"},
    "contained":[{"resourceType":"Organization","id":"o","identifier":[
      {"system":"http://hl7.org/fhir/sid/us-npi","value":"1111111111"},
      {"type":{"coding":[{"code":"TAX"}]},"value":"12-3"}]},
      {"resourceType":"Practitioner","id":"p","identifier":[
      {"type":{"coding":[{"code":"TAX"}]},"value":"45-6"}]}],
    "provider":{"reference":"#o"},
    "insurance":[{"focal":true,"coverage":{"reference":"Coverage/c1"}}],
    "careTeam":[{"sequence":1,"role":{"coding":[{"code":"referring"}]},
      "provider":{"identifier":{"type":{"coding":[{"code":"npi"}]},"value":"9"}}},
      {"sequence":2,"role":{"coding":[{"code":"rendering"}]},
      "provider":{"reference":"#p",
      "identifier":{"type":{"coding":[{"code":"npi"}]},"value":"2222222222"}}}],
    "diagnosis":[{"sequence":1,"diagnosisCodeableConcept":{"coding":[
        {"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"A00"}]}},
      {"sequence":2,"type":[{"coding":[{"code":"principal"}]}],
       "onAdmission":{"coding":[{"code":"y"}]},
       "diagnosisCodeableConcept":{"coding":[
        {"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"B01"}]}}],
    "procedure":[{"sequence":1,"date":"2024-01-02","procedureCodeableConcept":{"coding":[
        {"system":"http://www.cms.gov/Medicare/Coding/ICD10","code":"0DT"}]}}],
    "adjudication":[{"category":{"coding":[{"code":"billingnetworkstatus"}]},
      "reason":{"coding":[{"code":"outofnetwork"}]}}],
    "item":[{"sequence":1,"productOrService":{"coding":[{"code":"99213"}]},
      "modifier":[{"coding":[{"code":"25"}]},{"coding":[{"code":"59"}]}],
      "servicedDate":"2024-01-02","locationCodeableConcept":{"coding":[{"code":"11"}]},
      "quantity":{"value":2},"adjudication":[
      {"category":{"coding":[{"code":"submitted"}]},"amount":{"value":158.3825000000001}},
      {"category":{"coding":[{"code":"eligible"}]},"amount":{"value":100.10}},
      {"category":{"coding":[{"code":"paidtoprovider"}]},"amount":{"value":80}},
      {"category":{"coding":[{"code":"copay"}]},"amount":{"value":20.1}}]},
      {"sequence":2,"detail":[{"sequence":1}]}])")});
  EXPECT_EQ(ask("claim_id,claim_line_number,claim_type,person_id,member_id,payer,plan",
                "medical_claim ORDER BY claim_line_number"),
            "U-e1|1|professional|M1|MB-7|aetna|Plan P\nU-e1|2|professional|M1|MB-7|aetna|Plan P\n");
  const std::string first = "medical_claim WHERE claim_line_number = 1";
  EXPECT_EQ(ask("claim_start_date,claim_end_date,claim_line_start_date,paid_date", first),
            "2024-01-02|2024-01-03|2024-01-02|2024-02-01\n");
  EXPECT_EQ(ask("hcpcs_code,hcpcs_modifier_1,hcpcs_modifier_2,hcpcs_modifier_3", first),
            "99213|25|59|-\n");
  EXPECT_EQ(ask("place_of_service_code,service_unit_quantity,service_unit_quantity_e4", first),
            "11|2|20000\n");
  EXPECT_EQ(ask("rendering_npi,rendering_tin,billing_npi,billing_tin,in_network_flag", first),
            "2222222222|45-6|1111111111|12-3|0\n");
  EXPECT_EQ(
      ask("charge_amount,charge_amount_e4,allowed_amount,paid_amount,copayment_amount", first),
      "158.3825000000001|1583825|100.10|80|20.1\n");
  EXPECT_EQ(ask("diagnosis_code_type,diagnosis_code_1,diagnosis_poa_1,diagnosis_code_2,"
                "diagnosis_code_3,procedure_code_1,procedure_date_1",
                first),
            "icd-10-cm|B01|y|A00|-|0DT|2024-01-02\n");
}

TEST_F(Views, GivePharmacyClaimsAndEligibility) {
  put_patient(R"({"resourceType":"Patient","id":"p1","gender":"male","birthDate":"1970-05",
      "name":[{"family":"Roe","given":["Max"]}]})");
  put({R"({"resourceType":"Coverage","id":"c1","beneficiary":{"reference":"Patient/p1"},
      "status":"active","subscriberId":"S1","period":{"start":"2024-01-01","end":"3000-01-01"}})",
       R"({"resourceType":"Coverage","id":"c2","beneficiary":{"reference":"Patient/p1"},
      "status":"cancelled"})"},
      queue::Resource::coverage);
  put({eob("rx", R"("type":{"coding":[{"code":"pharmacy"}]},
    "supportingInfo":[{"category":{"coding":[{"code":"dayssupply"}]},"valueQuantity":{"value":30}},
      {"category":{"coding":[{"code":"refillnum"}]},"valueQuantity":{"value":0}}],
    "item":[{"sequence":1,"servicedDate":"2024-03-01","quantity":{"value":90.5},
      "productOrService":{"coding":[{"code":"X"},
        {"system":"http://hl7.org/fhir/sid/ndc","code":"00071015523"}]}}])")});
  EXPECT_EQ(ask("claim_id,claim_line_number,ndc_code,quantity,days_supply,refills,dispensing_date",
                "pharmacy_claim"),
            "rx|1|00071015523|90.5|30|0|2024-03-01\n");
  EXPECT_EQ(ask("count(*)", "medical_claim"), "0\n");
  EXPECT_EQ(ask("person_id,subscriber_id,gender,birth_date,enrollment_start_date,"
                "enrollment_end_date,first_name,last_name,death_flag",
                "eligibility"),
            "M1|S1|male|1970-05-01|2024-01-01|-|[\"Max\"]|Roe|0\n");
}

}  // namespace
}  // namespace claimferry::claims
