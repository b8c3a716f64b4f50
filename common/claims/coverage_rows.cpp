#include "common/claims/resource_rows.hpp"

namespace claimferry::claims {

void read_coverage(JsonView coverage, std::uint32_t resource, ClaimRows& rows) {
  CoverageRow row;
  row.resource = resource;
  row.coverage_id = coverage["id"].scalar();
  row.status = coverage["status"].text();
  row.type_code = concept_code(coverage["type"]);
  row.subscriber_id = coverage["subscriberId"].scalar();
  row.relationship_code = concept_code(coverage["relationship"]);
  row.period_start = coverage["period"]["start"].text();
  row.period_end = coverage["period"]["end"].text();
  const JsonView payor = coverage["payor"].first();
  row.payor_display = payor["display"].text();
  if (row.payor_display.empty()) {
    row.payor_display = payor["reference"].text();
  }
  rows.coverages.push_back(row);
}

}  // namespace claimferry::claims
