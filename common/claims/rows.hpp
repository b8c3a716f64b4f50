// Typed rows of claims: one struct a table. Amounts are decimals as text, verbatim
// ("158.3825000000001", "1e2", "0.10"): no float ever holds one. An empty view is SQL NULL.
// `resource` indexes ParsedPage::resources.
//
// Money words: submitted is what the provider billed, allowed is `eligible`, paid is paidtoprovider
// + paidtopatient (else benefit, else payment.amount), member liability is memberliability (else
// copay + coinsurance + deductible).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace claimferry::claims {

struct ClaimRow {
  std::uint32_t resource = 0;
  std::string_view eob_id;
  std::string_view
      unique_claim_id;          // identifier of type uc; else the first identifier with a value
  std::string_view claim_type;  // institutional, professional, pharmacy, oral, vision
  std::string_view sub_type;
  std::string_view profile;  // the most specific of meta.profile
  std::string_view status;
  std::string_view use;
  std::string_view outcome;
  std::string_view patient_ref;
  std::string_view provider_ref;
  std::string_view provider_display;
  std::string_view insurer_display;
  std::string_view billable_start;  // as sent
  std::string_view billable_end;    // as sent, empty when open
  bool billable_open = false;       // 3000-01-01 and later: open-ended
  std::string_view created;
  std::string_view principal_diagnosis_system;
  std::string_view principal_diagnosis_code;
  std::string_view submitted;
  std::string_view allowed;
  std::string_view paid;
  std::string_view member_liability;
  std::string_view paid_source;  // which rule gave `paid`
  std::string_view currency;
  std::string_view meta_last_updated;
};

struct ClaimLineRow {
  std::uint32_t resource = 0;
  std::string_view eob_id;
  std::string_view line_sequence;  // as sent
  std::string_view product_system;
  std::string_view product_code;
  std::string_view product_display;
  std::string_view revenue_code;
  std::string_view place_of_service;
  std::string_view serviced_start;
  std::string_view serviced_end;
  std::string_view quantity;
  std::string_view diagnosis_code;  // of the first diagnosisSequence that resolves
  std::string_view submitted;
  std::string_view allowed;
  std::string_view paid;
  std::string_view member_liability;
  std::string_view net;
};

struct CoverageRow {
  std::uint32_t resource = 0;
  std::string_view coverage_id;
  std::string_view status;
  std::string_view type_code;
  std::string_view subscriber_id;
  std::string_view relationship_code;
  std::string_view period_start;
  std::string_view period_end;
  std::string_view payor_display;
};

struct ClaimRows {
  std::vector<ClaimRow> claims;
  std::vector<ClaimLineRow> lines;
  std::vector<CoverageRow> coverages;
};

}  // namespace claimferry::claims
