#include "common/claims/tables/rules.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

TEST(Rules, ReadACoverageOfTheMember) {
  auto page = parse(bundle({R"({"resourceType":"Coverage","id":77,"status":"active",
      "beneficiary":{"reference":"https://payer.example/fhir/Patient/p1/_history/2"},
      "type":{"coding":[{"code":"HMO"}]},"subscriberId":"S1",
      "relationship":{"coding":[{"code":"self"}]},
      "period":{"start":"2025-01-01","end":"2025-12-31"},
      "payor":[{"reference":"Organization/9"}]})"}),
                    queue::Resource::coverage);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.of(TableId::coverage).size(), 1U);
  const RowView coverage(*page, TableId::coverage, 0);
  EXPECT_EQ(coverage["status"], "active");
  EXPECT_EQ(coverage["type_code"], "HMO");
  EXPECT_EQ(coverage["subscriber_id"], "S1");
  EXPECT_EQ(coverage["relationship_code"], "self");
  EXPECT_EQ(coverage["period_start"], "2025-01-01");
  EXPECT_EQ(coverage["period_end"], "2025-12-31");
  EXPECT_EQ(coverage["payor_ref"], "Organization/9");
  EXPECT_EQ(page->resources.at(0).id, "77");
}

}  // namespace
}  // namespace claimferry::claims
