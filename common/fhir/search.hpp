// The URLs that a pull begins with. Every quirk is a switch of the payer's profile. Pure.
#pragma once

#include <string>

#include "common/queue/job.hpp"

namespace claimferry::fhir {

enum class CoverageParam : std::uint8_t { patient, beneficiary };

struct SearchProfile {
  std::string resource_base;  // "https://host/fhir/v2/patientaccess", no trailing slash
  CoverageParam coverage_param = CoverageParam::patient;
};

// Patient/{id} · Coverage?patient={id} or ?beneficiary=Patient/{id} ·
// ExplanationOfBenefit?patient={id}[&service-date=geYYYY-MM-DD][&service-date=leYYYY-MM-DD]
std::string first_page_url(const SearchProfile& profile, queue::Resource resource,
                           const std::string& patient_id, const queue::Window& window);

}  // namespace claimferry::fhir
