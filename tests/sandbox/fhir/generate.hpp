// Members out of a seed: a Patient, Coverages and CARIN-shaped EOBs of all five types, with the
// quirks of published ones. Pure: the same request gives the same bytes, so nothing has to be kept.
// What a claim's amounts must come out as is computed here, from the generator's own integers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/sandbox/fhir/money.hpp"

namespace claimferry::sandbox {

// Exact decimals; "" where the claim names none.
struct GeneratedAmounts {
  std::string submitted, allowed, paid, member_liability;
};

struct GeneratedLine : GeneratedAmounts {
  std::string sequence;
};

// What a typed column must say, by the column's name.
using Facts = std::vector<std::pair<std::string, std::string>>;

struct GeneratedResource : GeneratedAmounts {
  std::string type;
  std::string id;
  std::string json;
  Facts facts;  // of EOBs and Coverages
  // Of EOBs:
  std::chrono::sys_days service_date;
  std::string claim_type;
  std::vector<GeneratedLine> lines;
  Money billed, paid_out;  // submitted and paid, to add up
};

struct GeneratedMember {
  std::string patient_id;
  GeneratedResource patient;
  std::vector<GeneratedResource> coverages;
  std::vector<GeneratedResource> eobs;
};

struct GenerateRequest {
  std::uint64_t seed = 0;
  std::uint64_t member_index = 0;
  unsigned eobs = 0;
  unsigned lines_per_eob_max = 8;
  unsigned padding_bytes = 0;  // extra bytes an EOB, to set the size of pages
  std::chrono::sys_days today;
  // Of absolute references, which some claims have; empty: none has, and the bytes are the same
  // wherever they are served.
  std::string base_url;
};

GeneratedMember generate_member(const GenerateRequest& request);

// revision > 0: adjusted; the same id and service date, other amounts, meta moved on.
GeneratedResource generate_eob(const GenerateRequest& request, unsigned eob_index,
                               unsigned revision);

// Only volatile metadata differs: meta.lastUpdated.
GeneratedResource with_new_last_updated(const GeneratedResource& resource, unsigned serial);

}  // namespace claimferry::sandbox
