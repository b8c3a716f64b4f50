// What the payer holds against the client, out of the violations that it counted: for the verdict
// of `verify` and of `summary` alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace claimferry::sandbox {

// What must never happen, in the order of its telling.
inline constexpr const char* never[] = {"requests_during_retry_after", "refresh_reused",
                                        "tokens_elsewhere", "unknown_parameters"};
// Nor these, while a member's connection comes about; told only when they did.
inline constexpr const char* never_in_connecting[] = {"codes_reused", "credentials_in_body",
                                                      "pkce_missing", "aud_wrong"};

// 0 for what was not counted.
std::uint64_t counted(const boost::json::object& violations, const char* name);

// Each a line. kills: how often a client was killed between sending a refresh and storing its
// answer; so many late retries are its right.
std::vector<std::string> reproaches(const boost::json::object& violations, std::uint64_t kills);

}  // namespace claimferry::sandbox
