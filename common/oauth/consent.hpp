// Consent: what a member allowed, to whom and until when, as it is kept and exported; and what a
// payer's granted scopes come to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"

namespace claimferry::oauth {

struct Consent {
  std::string scopes;                     // as granted, separated by spaces
  std::vector<std::string> data_classes;  // FHIR resource types
  WallTime given_at;
  std::optional<WallTime> expires_at;
  std::string app;             // the name that the member saw
  std::string organisation;    // that invited the member
  std::string policy_version;  // of the privacy policy then in force
};

// The resource types among those that are pulled (Patient, Coverage, ExplanationOfBenefit) that
// SMART scopes let an app read: "patient/*.read", "patient/Coverage.read", and version 2's
// "patient/*.rs" (SMART App Launch, "Scopes for requesting FHIR Resources").
std::vector<std::string> data_classes_of(std::string_view scopes);
// Those that are pulled and not among them.
std::vector<std::string> missing_classes(const std::vector<std::string>& granted);

// When the member consented: what the payer says, unless that lies in the future or more than a day
// back, which no code can have waited; then `now`.
WallTime consent_began(std::optional<WallTime> consented_on, WallTime now);

}  // namespace claimferry::oauth
