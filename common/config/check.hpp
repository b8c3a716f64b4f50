// What must hold between settings, after each was read on its own.
#pragma once

#include <vector>

#include "common/config/config.hpp"
#include "common/config/problem.hpp"

namespace claimferry::config {

// Fills in defaults that depend on other keys (aud, allow_path_prefixes), then checks.
std::vector<Problem> complete_and_check(Config& config);

}  // namespace claimferry::config
