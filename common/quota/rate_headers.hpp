// rate_headers: what a payer's gateway says of its limits beside an answer. Pure. What follows from
// it is decided elsewhere: a remaining of 0 comes with good answers, too, and falls in steps of its
// own at each edge node.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/http_message.hpp"

namespace claimferry::quota {

struct RateHint {
  std::uint64_t limit;      // requests per window; at least 1, and windows are never published
  std::uint64_t remaining;  // of them
};

// Of the limits that have both numbers under one name, the one with the smallest remaining/limit;
// of equals the first. Read are, each as -limit and -remaining:
//   x-ratelimit, x-countlimit, x-burstlimit   IBM API Connect: name=<definition>,<n>; one after
//                                             the other, or a bare number
//   RateLimit                                 draft-ietf-httpapi-ratelimit-headers-03: a number
// An item of another form is skipped, a number is capped at 10^9, and a header's first 16 items
// count.
std::optional<RateHint> tightest_hint(const http::Headers& headers);

}  // namespace claimferry::quota
