// The payer's paths, laid out as the published sandbox's are, and the origins it answers at.
#pragma once

#include <string>
#include <string_view>

namespace claimferry::sandbox {

inline constexpr std::string_view auth_root_path = "/fhirdemo";
inline constexpr std::string_view discovery_path = "/fhirdemo/.well-known/smart-configuration";
inline constexpr std::string_view authorize_path = "/fhirdemo/v1/fhirserver_auth/oauth2/authorize";
inline constexpr std::string_view token_path = "/fhirdemo/v1/fhirserver_auth/oauth2/token";
inline constexpr std::string_view resource_base_path = "/fhirdemo/v2/patientaccess";
// What other_prefix next links say instead.
inline constexpr std::string_view prod_resource_base_path = "/fhirdemo/prod/v2/patientaccess";

struct Site {
  std::string origin;          // "http://127.0.0.1:8080"
  std::string foreign_origin;  // what foreign next links name; tokens that arrive there are counted

  std::string resource_base() const { return origin + std::string(resource_base_path); }
};

}  // namespace claimferry::sandbox
