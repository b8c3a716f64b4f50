#include "common/fhir/search.hpp"

#include <gtest/gtest.h>

namespace claimferry::fhir {
namespace {

using queue::Resource;
using queue::Window;

const SearchProfile profile{"https://payer.example/fhir/v2/patientaccess", CoverageParam::patient};

TEST(Search, BeginsEachResourceWithItsOwnUrl) {
  const std::string base = profile.resource_base;
  EXPECT_EQ(first_page_url(profile, Resource::patient, "p1", {}), base + "/Patient/p1");
  EXPECT_EQ(first_page_url(profile, Resource::coverage, "p1", {}), base + "/Coverage?patient=p1");
  EXPECT_EQ(first_page_url(profile, Resource::eob, "p1", {}),
            base + "/ExplanationOfBenefit?patient=p1");
}

TEST(Search, NamesTheBeneficiaryWhereTheProfileSaysSo) {
  SearchProfile other = profile;
  other.coverage_param = CoverageParam::beneficiary;
  EXPECT_EQ(first_page_url(other, Resource::coverage, "p1", {}),
            profile.resource_base + "/Coverage?beneficiary=Patient/p1");
}

TEST(Search, LimitsClaimsToTheWindowByPrefixedDates) {
  EXPECT_EQ(first_page_url(profile, Resource::eob, "p1", *Window::parse("2024-11-24..")),
            profile.resource_base + "/ExplanationOfBenefit?patient=p1&service-date=ge2024-11-24");
  EXPECT_EQ(
      first_page_url(profile, Resource::eob, "p1", *Window::parse("2023-01-01..2023-12-31")),
      profile.resource_base +
          "/ExplanationOfBenefit?patient=p1&service-date=ge2023-01-01&service-date=le2023-12-31");
}

TEST(Search, NeverLetsAnIdBecomeSyntax) {
  EXPECT_EQ(first_page_url(profile, Resource::eob, "a&b/../c d", {}),
            profile.resource_base + "/ExplanationOfBenefit?patient=a%26b%2F..%2Fc%20d");
}

}  // namespace
}  // namespace claimferry::fhir
