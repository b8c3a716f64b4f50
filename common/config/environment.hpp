// The names of environment variables: how a key is called there, and which CLAIMFERRY_* variables
// are no keys by design.
#pragma once

#include <string>
#include <string_view>

namespace claimferry::config {

inline constexpr std::string_view environment_prefix = "CLAIMFERRY_";

// "worker.slots" → "CLAIMFERRY_WORKER__SLOTS": '.' is "__", '-' is '_'.
std::string environment_name(std::string_view key);

// CLAIMFERRY_CONFIG, what the project's tests read, and what Kubernetes sets in each pod for a
// service named claimferry or claimferry-*.
bool is_no_setting(std::string_view variable, std::string_view value);

}  // namespace claimferry::config
