// The usage of the payer's limits as JSON, whole or a span of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sandbox/model/payer_limits.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {

// What to tell: whole seconds since the limits were set, of which the last may still be going on.
struct UsageSpan {
  std::int64_t first = 0;
  std::int64_t end = 0;  // not included
  std::int64_t first_kept = 0;
  WallTime begun{};
  WallTime now{};
  bool whole = true;  // totals are of all seconds, the forgotten ones too
};

UsageSpan whole_usage(const Usage& usage, WallTime now);
// ?since_ms=A&until_ms=B, either or both. What is wrong and how to fix it, or nothing.
std::optional<std::string> read(const std::vector<Parameter>& parameters, UsageSpan& span);
std::string describe(const PayerLimits& limits, const UsageSpan& span);

}  // namespace claimferry::sandbox
