// The nearest known name to a mistyped one, for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace claimferry::config {

// Empty when none is near.
std::string nearest(std::string_view name, const std::vector<std::string>& known);

}  // namespace claimferry::config
