// pace_for: how far a payer's x-ratelimit headers slow us down before the wall. Only where the
// window is long: of a short one the wall is nearer than any answer of ours. Never to a stop:
// `remaining` counts one edge node of several, and 0 was seen on a 200.
#pragma once

#include "common/quota/rate_headers.hpp"

namespace claimferry::quota {

// rate: requests a second in force; 0: none is known. Answers 500 … 1,000 of 1,000.
unsigned pace_for(const RateHint& hint, double rate) noexcept;

}  // namespace claimferry::quota
