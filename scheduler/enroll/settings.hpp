// What claimferry-enroll asks of its configuration beside what every program does.
#pragma once

#include <vector>

#include "common/config/config.hpp"
#include "common/config/problem.hpp"

namespace claimferry::enroll {

// Every mistake in [enroll]; takes the '/' from the end of public_url.
std::vector<config::Problem> complete_and_check(config::Config& config);

// What payers have registered, byte for byte.
std::string redirect_uri(const config::EnrollConfig& config);

}  // namespace claimferry::enroll
