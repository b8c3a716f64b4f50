// How a refresh that brought no tokens is counted: one of telemetry::refresh_outcomes.
#pragma once

#include <string_view>

#include "common/base/failure.hpp"

namespace claimferry::worker {

// The code of a consent that a lost answer cost.
inline constexpr std::string_view refresh_lost_consent = "refresh_lost_consent";

std::string_view refresh_outcome(const Failure& failure) noexcept;

}  // namespace claimferry::worker
