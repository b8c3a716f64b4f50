// Reads a payer's .well-known/smart-configuration (SMART App Launch, "Conformance") and decides
// whether its endpoints may be used: a document, however it came, must not send a member's browser
// or our secret to a place that the profile does not name. Pure; who fetches and caches it is the
// caller's business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace claimferry::oauth {

inline constexpr std::string_view discovery_path = "/.well-known/smart-configuration";
inline constexpr std::size_t discovery_bytes_max = 256UL * 1024;

struct Endpoints {
  std::string authorize_url;
  std::string token_url;
};

// Where endpoints may lie.
struct TrustedPlaces {
  std::vector<std::string> origins;        // "https://apif1.aetna.com", without a default port
  std::vector<std::string> path_prefixes;  // "/fhir/"
};

// Failures, all permanent: "discovery_not_json"; "discovery_incomplete" (an endpoint is missing or
// no URL); "discovery_foreign" (an endpoint lies elsewhere); "discovery_no_s256", where the payer
// names its methods and S256 is not among them.
Result<Endpoints> parse_discovery(std::string_view document, const TrustedPlaces& trusted);

}  // namespace claimferry::oauth
