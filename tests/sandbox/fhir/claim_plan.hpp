// ClaimPlan: what one claim says, decided from the seed before a byte of JSON is written: its type,
// its lines, its quirks, and the amounts that must come out.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "tests/sandbox/fhir/generate.hpp"
#include "tests/sandbox/fhir/money.hpp"

namespace claimferry::sandbox {

enum class ClaimType : std::uint8_t { professional, pharmacy, outpatient, inpatient, oral };

// Where a claim carries its amounts. CARIN wants total[] in every claim; the other places are a
// quirk of few claims, because payers have it.
enum class AmountPlace : std::uint8_t {
  total,    // in total[], and in the lines, as most payers do
  lines,    // only in item.adjudication
  header,   // in the claim's own adjudication
  payment,  // what was paid stands in payment.amount alone
};

struct LinePlan {
  Money submitted, allowed, paid_to_provider, paid_to_patient, copay, coinsurance, deductible;
  Money liability() const { return copay + coinsurance + deductible; }
  Money paid() const { return paid_to_provider + paid_to_patient; }
};

struct ClaimPlan {
  ClaimType type = ClaimType::professional;
  AmountPlace place = AmountPlace::total;
  std::string id;
  std::string patient_id;
  std::chrono::sys_days service_date;
  unsigned revision = 0;
  std::vector<LinePlan> lines;
  LinePlan sum;
  bool denied = false;     // nothing was allowed or paid; an adjustment may grant it after all
  bool cancelled = false;  // status
  bool follows = false;    // related: a prior claim
  bool compound = false;   // of pharmacy: ingredients in item.detail
  bool notes = false;      // processNote
  bool modifiers = false;
  // Quirks that have been seen in published claims.
  bool numeric_id = false;
  bool open_period = false;  // billablePeriod.end 3000-01-01
  bool unique_id_without_value = false;
  bool benefit_instead_of_paid = false;
  bool liability_by_parts = false;  // copay, coinsurance, deductible and no memberliability
  bool no_liability = false;
  bool no_currency = false;
  bool text_only_concepts = false;
  bool insurer_display_only = false;
  bool older_codes = false;  // CARIN 1.x discriminators
  bool scientific = false;   // 1e2
  bool contained_providers = false;
  std::uint64_t flavour = 0;  // for whatever text is chosen later

  bool institutional() const {
    return type == ClaimType::inpatient || type == ClaimType::outpatient;
  }
};

ClaimPlan plan_claim(const GenerateRequest& request, unsigned eob_index, unsigned revision);
std::string patient_id_of(const GenerateRequest& request);
// A generator's own randomness: the same for the same place in the data.
SeededRandom random_for(const GenerateRequest& request, std::uint64_t stream);

std::string_view claim_type_code(ClaimType type);

}  // namespace claimferry::sandbox
