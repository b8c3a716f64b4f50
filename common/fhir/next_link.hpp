// Next links: resolved by RFC 3986 against the request, rewritten where the profile says so, and
// refused unless they stay within the payer's origin and path prefixes, because the bearer token
// follows them. The query is kept byte for byte.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace claimferry::fhir {

struct LinkPolicy {
  // "https://apif1.aetna.com": scheme, host and port that a link may have. The first is the payer's
  // own.
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_path_prefixes;                  // "/fhir/"
  std::vector<std::pair<std::string, std::string>> path_rewrites;  // "/fhir/prod/" → "/fhir/"
};

// Failures are permanent: next_link_foreign_host, next_link_foreign_path, next_link_invalid,
// next_link_too_long.
Result<std::string> resolve_next(std::string_view request_url, std::string_view link,
                                 const LinkPolicy& policy);

}  // namespace claimferry::fhir
