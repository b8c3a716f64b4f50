// The scopes that the payer knows, and what each opens, in words for its consent page.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

// What discovery tells of. No offline_access: refresh tokens come without it.
inline constexpr auto told_scopes = std::to_array<std::string_view>(
    {"openid", "fhirUser", "profile", "launch/patient", "patient/*.read"});

// Nothing: the payer knows no such scope. The payer's API descriptions also take the scopes of
// single resources, of which discovery does not tell.
std::optional<std::string_view> meaning_of(std::string_view scope);
// By single spaces (RFC 6749 section 3.3).
std::vector<std::string_view> split_scopes(std::string_view scopes);
// At least one, and all of them known.
bool are_known(std::string_view scopes);

}  // namespace claimferry::sandbox
