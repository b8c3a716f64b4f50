#include "common/claims/concepts.hpp"

#include <gtest/gtest.h>

#include "common/claims/json_tape.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

// The one claim of a page, as its rules see it: by what they make of it.
RowView claim_of(const ParsedPage& page) {
  return {page, TableId::claim, 0};
}

ParsedPage page_with(std::string_view members) {
  auto page = parse(bundle({eob("e1", members)}));
  EXPECT_TRUE(page);
  return std::move(*page);
}

TEST(Concepts, AreReadByTheirSystemElseTheFirstCodeElseTheText) {
  EXPECT_EQ(claim_of(page_with(R"("type":{"coding":[{"code":"40"},
      {"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"oral"}]})"))
                ["claim_type"],
            "oral");
  EXPECT_EQ(
      claim_of(page_with(R"("type":{"coding":[{"display":"x"},{"code":"7"}]})"))["claim_type"],
      "7");
  EXPECT_EQ(claim_of(page_with(R"("type":{"text":"dental"})"))["claim_type"], "dental");
}

TEST(Concepts, FindAProvidersNumberHoweverItIsReferredTo) {
  constexpr std::string_view forms[] = {
      R"("provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi","value":"1"}})",
      R"("provider":{"identifier":{"type":{"coding":[{"code":"npi"}]},"value":"1"}})",
      R"("provider":{"reference":"#o"},"contained":[{"resourceType":"Organization","id":"o",
         "identifier":[{"value":"9"},{"system":"http://hl7.org/fhir/sid/us-npi","value":"1"}]}])",
      R"("provider":{"reference":"#o"},"contained":[{"resourceType":"Organization","id":"o",
         "identifier":[{"type":{"coding":[{"code":"npi"}]},"value":"1"}]}])"};
  for (const std::string_view form : forms) {
    EXPECT_EQ(claim_of(page_with(form))["provider_npi"], "1") << form;
  }
  for (const std::string_view none :
       {R"("provider":{"reference":"#absent"})", R"("provider":{"reference":"Organization/o"})",
        R"("provider":{"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"})",
        R"("provider":{"display":"Dr. X"})"}) {
    EXPECT_EQ(claim_of(page_with(none))["provider_npi"], "") << none;
  }
}

TEST(Concepts, WriteNamesInOneText) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {R"("name":"Clinic")", "Clinic"},
      {R"("name":[{"text":"Dr. Ana Lopez","family":"Lopez"}])", "Dr. Ana Lopez"},
      {R"("name":[{"family":"Lopez","given":["Ana","B."]}])", "Ana B. Lopez"},
      {R"("name":[{"family":"Lopez"}])", "Lopez"},
      {R"("active":true)", ""}};
  for (const auto& [members, name] : table) {
    const ParsedPage page = page_with(R"("contained":[{"resourceType":"Practitioner","id":"p",)" +
                                      std::string(members) + "}]");
    EXPECT_EQ(RowView(page, TableId::provider, 0)["name"], name) << members;
  }
}

TEST(Concepts, FindATaxNumberByItsSystemOrItsType) {
  for (const std::string_view identifier :
       {R"({"system":"urn:oid:2.16.840.1.113883.4.4","value":"12-3"})",
        R"({"type":{"coding":[{"code":"TAX"}]},"value":"12-3"})"}) {
    const ParsedPage page =
        page_with(R"("contained":[{"resourceType":"Organization","id":"p","identifier":[)" +
                  std::string(identifier) + "]}]");
    EXPECT_EQ(RowView(page, TableId::provider, 0)["tax_id"], "12-3") << identifier;
  }
}

}  // namespace
}  // namespace claimferry::claims
